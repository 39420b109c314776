package file

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"insideout/models"
)

// opened is a file under way: its content is fixed by its hash, and changed tells when that no longer holds.
type opened struct {
	f    *os.File
	size int64
	at   time.Time
	hash string // "sha256:<hex>"
	// prefix is a file that was read before and is the beginning of this one, or nil.
	prefix *prefix
}

// open opens a file, inside a folder if that is given, and hashes it; known are the files that were read before.
func open(ctx context.Context, path, inside string, known map[int64][]models.Position) (*opened, error) {
	f, err := openFile(path, inside)
	if err != nil {
		return nil, err
	}
	o := &opened{f: f}
	if err := o.sum(ctx, known); err != nil {
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

// sum hashes the content, and looks for its beginning among the files that were read before.
func (o *opened) sum(ctx context.Context, known map[int64][]models.Position) error {
	info, err := o.f.Stat()
	if err != nil {
		return err
	}
	o.size, o.at = info.Size(), info.ModTime()
	sizes := slices.Sorted(maps.Keys(known))
	m := marks{known: known}
	h := sha256.New()
	sum := func() string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }
	block := make([]byte, blockSize)
	for read := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := o.f.Read(block)
		b := block[:n]
		for len(b) > 0 {
			step := int64(len(b))
			for len(sizes) > 0 && sizes[0] <= read {
				sizes = sizes[1:]
			}
			if len(sizes) > 0 && sizes[0]-read < step {
				step = sizes[0] - read
			}
			h.Write(b[:step])
			read += step
			last := b[step-1]
			if b = b[step:]; len(sizes) > 0 && sizes[0] == read && read < o.size {
				next := make([]byte, 2)
				k, _ := o.f.ReadAt(next, read)
				m.at(read, sum(), last, next[:k])
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	o.hash, o.prefix = sum(), m.found
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
		in := bufio.NewReaderSize(o.f, 64<<10)
		z, err := gzip.NewReader(in)
		if err == io.EOF { // an empty file is empty, packed or not
			return r, done, nil
		}
		if err != nil {
			return nil, nil, err
		}
		z.Multistream(false)
		r = &gzipStream{in, z}
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
	r, err := decode(r, encoding)
	return r, done, err
}

// gzipStream reads the members of a gzip file one by one. What follows the last one and is no member is an error of its
// own: the rest may be missing, or two files were put together.
type gzipStream struct {
	in *bufio.Reader
	z  *gzip.Reader
}

func (g *gzipStream) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	if err != io.EOF {
		return n, err
	}
	head, err := g.in.Peek(2)
	switch {
	case len(head) == 0:
		return n, err
	case string(head) != "\x1f\x8b":
		return n, &adviceError{"something that is no gzip follows the compressed text", "export or copy it again; what stands before has been taken"}
	}
	if err := g.z.Reset(g.in); err != nil {
		return n, err
	}
	g.z.Multistream(false)
	return n, nil
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
