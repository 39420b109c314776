package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// opened is a file under way: its content is fixed by its hash, and changed tells when that no longer holds.
type opened struct {
	f    *os.File
	size int64
	at   time.Time
	hash string // "sha256:<hex>"
}

// open opens a file, inside a folder if that is given, and hashes it.
func open(ctx context.Context, path, inside string) (*opened, error) {
	f, err := openFile(path, inside)
	if err != nil {
		return nil, err
	}
	o := &opened{f: f}
	if err := o.sum(ctx); err != nil {
		f.Close()
		return nil, err
	}
	return o, nil
}

func openFile(path, inside string) (*os.File, error) {
	if inside == "" {
		return os.Open(path)
	}
	name, err := filepath.Rel(inside, path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(name)
}

func (o *opened) sum(ctx context.Context) error {
	info, err := o.f.Stat()
	if err != nil {
		return err
	}
	o.size, o.at = info.Size(), info.ModTime()
	h := sha256.New()
	block := make([]byte, blockSize)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := o.f.Read(block)
		h.Write(block[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	o.hash = "sha256:" + hex.EncodeToString(h.Sum(nil))
	_, err = o.f.Seek(0, io.SeekStart)
	return err
}

var errChanged = errors.New("it changes while it is read")

// changed returns errChanged if the file is no longer what was hashed, as far as size and time tell.
func (o *opened) changed() error {
	info, err := o.f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != o.size || !info.ModTime().Equal(o.at) {
		return errChanged
	}
	return nil
}

// Limits of decompression.
const (
	maxGrowth  = 300      // times the stored size; text of exports stays below 50
	freeGrowth = 64 << 20 // bytes that every file may grow to
	zstdMemory = 64 << 20 // of the decoder's window
)

// unpack gives the content of the file in UTF-8. The second result lets go of what the first holds.
func (o *opened) unpack(compression, encoding string) (io.Reader, func(), error) {
	r, done := io.Reader(o.f), func() {}
	switch compression {
	case "gzip":
		z, err := gzip.NewReader(o.f)
		if err == io.EOF { // an empty file is empty, packed or not
			return r, done, nil
		}
		if err != nil {
			return nil, nil, err
		}
		r = z
	case "zstd":
		z, err := zstd.NewReader(o.f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(zstdMemory))
		if err != nil {
			return nil, nil, err
		}
		r, done = z, z.Close
	}
	if r != io.Reader(o.f) {
		r = &bounded{r: r, left: max(o.size*maxGrowth, freeGrowth)}
	}
	if encoding == "windows-1252" {
		r = &western{r: r}
	}
	return r, done, nil
}

// bounded ends with an error when a file grows beyond its limit.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("it grows to more than %d times its size when it is decompressed", maxGrowth)
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}

// western turns windows-1252 into UTF-8. The five bytes that stand for nothing there become U+FFFD.
type western struct {
	r   io.Reader
	in  [16 << 10]byte
	out []byte // not yet read
	buf []byte
	err error
}

// high are the characters 0x80 to 0x9f; from 0xa0 on windows-1252 is the same as Unicode.
var high = [32]rune{
	'€', '\uFFFD', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\uFFFD', 'Ž', '\uFFFD',
	'\uFFFD', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\uFFFD', 'ž', 'Ÿ',
}

func (w *western) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		var n int
		n, w.err = w.r.Read(w.in[:])
		w.buf = w.buf[:0]
		for _, c := range w.in[:n] {
			switch {
			case c < 0x80:
				w.buf = append(w.buf, c)
			case c < 0xa0:
				w.buf = append(w.buf, string(high[c-0x80])...)
			default:
				w.buf = append(w.buf, 0xc0|c>>6, 0x80|c&0x3f)
			}
		}
		w.out = w.buf
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}
