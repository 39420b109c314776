package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"
)

// maxInflated bounds what one compressed batch may become in memory. Producers batch about 16 KiB to 1 MiB, and
// brokers refuse compressed batches above 1 MiB unless told otherwise.
const maxInflated = 64 << 20

var (
	errInflated = fmt.Errorf("becomes more than %d bytes", maxInflated)
	errXerial   = errors.New("snappy frame does not fit")
)

// inflater decompresses batches into one buffer that it keeps.
//
// gzip and lz4 go through kafka-go's codecs. zstd and snappy do not, because those codecs take any size at its word: a
// zstd frame of eleven bytes takes 512 MiB for its window, a snappy block of seven bytes 4 GiB. The libraries below
// them are the same.
type inflater struct {
	source bytes.Reader
	zstd   *zstd.Decoder
	buffer []byte
}

func (f *inflater) close() {
	if f.zstd != nil {
		f.zstd.Close()
	}
}

// open checks the batch and returns its records, uncompressed. They are valid until the next open.
func (f *inflater) open(b *batch) ([]byte, error) {
	if crc32.Checksum(b.whole, castagnoli) != b.checksum {
		return nil, &batchError{b.base, b.last, "checksum does not match"}
	}
	packed := b.whole[batchHeader-batchAttributes:]
	kind := compress.Compression(b.attributes & attrCodec)
	if kind == compress.None {
		return packed, nil
	}
	data, err := f.inflate(kind, packed)
	if err != nil {
		return nil, &batchError{b.base, b.last, fmt.Sprintf("%v: %v", kind, err)}
	}
	return data, nil
}

func (f *inflater) inflate(kind compress.Compression, packed []byte) (data []byte, err error) {
	switch kind {
	case compress.Gzip, compress.Lz4:
		data, err = f.stream(kind.Codec(), packed)
	case compress.Snappy:
		data, err = f.snappy(packed)
	case compress.Zstd:
		if f.zstd == nil {
			if f.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxInflated)); err != nil {
				return nil, err
			}
		}
		data, err = f.zstd.DecodeAll(packed, f.buffer[:0])
	default:
		return nil, fmt.Errorf("unknown compression %d", int8(kind))
	}
	if err != nil {
		return nil, err
	}
	f.buffer = data
	return data, nil
}

func (f *inflater) stream(codec compress.Codec, packed []byte) ([]byte, error) {
	f.source.Reset(packed)
	r := codec.NewReader(&f.source)
	defer r.Close()
	data := slices.Grow(f.buffer[:0], 64<<10)
	for {
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case len(data) > maxInflated:
			return nil, errInflated
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			data = slices.Grow(data, len(data))
		}
	}
}

// xerial is how the Java client begins snappy data: its frames are lengths with a block each. Others write one block.
var xerial = []byte("\x82SNAPPY\x00")

func (f *inflater) snappy(packed []byte) ([]byte, error) {
	data := f.buffer[:0]
	if !bytes.HasPrefix(packed, xerial) {
		return block(data, packed)
	}
	if len(packed) < 16 {
		return nil, errXerial
	}
	for packed = packed[16:]; len(packed) > 0; { // the magic, a version and the oldest compatible one
		if len(packed) < 4 {
			return nil, errXerial
		}
		n := int64(binary.BigEndian.Uint32(packed))
		if packed = packed[4:]; n > int64(len(packed)) {
			return nil, errXerial
		}
		var err error
		if data, err = block(data, packed[:n]); err != nil {
			return nil, err
		}
		packed = packed[n:]
	}
	return data, nil
}

// block appends one snappy block, uncompressed.
func block(data, packed []byte) ([]byte, error) {
	n, err := snappy.DecodedLen(packed)
	if err != nil {
		return nil, err
	}
	if n > maxInflated-len(data) {
		return nil, errInflated
	}
	data = slices.Grow(data, n)
	_, err = snappy.Decode(data[len(data):len(data)+n], packed)
	return data[:len(data)+n], err
}
