package file

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits of a workbook. It is a zip archive of XML, in which a few bytes may ask for any amount of memory.
const (
	maxBook    = 256 << 20 // bytes of the file, and of what is unpacked of it
	maxPart    = 16 << 20  // of a part that is not the sheet or its texts
	maxEntries = 10_000    // of the archive
	maxTexts   = 64 << 20  // of the texts that cells share, which are held
	maxCells   = 20_000_000
	maxColumns = 16_384 // what spreadsheets have
	maxSheet   = 1_048_576
)

// archive is the zip archive of a workbook.
type archive struct {
	z    *zip.Reader
	left int64 // bytes that may still be unpacked
}

func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	if size > maxBook {
		return nil, &adviceError{fmt.Sprintf("the workbook has %d MiB, more than %d are not read", size>>20, maxBook>>20), "save the sheet as CSV"}
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		head := make([]byte, min(size, 512))
		_, _ = r.ReadAt(head, 0)
		if is := looksLike(head); is != "" && !strings.HasPrefix(string(head), "PK") {
			return nil, &adviceError{"it is no workbook: it looks like " + is, "correct format:, or the ending of its name"}
		}
		return nil, fmt.Errorf("it is no whole workbook: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("its archive has %d entries, more than %d are not read", len(z.File), maxEntries)
	}
	return &archive{z: z, left: maxBook}, nil
}

// file finds an entry, or returns nil.
func (a *archive) file(name string) *zip.File {
	name = strings.TrimPrefix(path.Clean(name), "/")
	for _, f := range a.z.File {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// part opens an entry as XML of at most limit bytes.
func (a *archive) part(name string, limit int64) (*part, error) {
	f := a.file(name)
	if f == nil {
		return nil, fmt.Errorf("it is no whole workbook: it has no %s", name)
	}
	if size := int64(f.UncompressedSize64); size < 0 || size > limit || size > a.left {
		return nil, tooBig(name, min(limit, maxBook))
	}
	if packed := int64(f.CompressedSize64); f.UncompressedSize64 > freeGrowth && int64(f.UncompressedSize64)/maxGrowth > packed {
		return nil, fmt.Errorf("%s grows to more than %d times its size when it is unpacked", name, maxGrowth)
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("it is no whole workbook: %s: %w", name, err)
	}
	p := &part{name: name, in: in, archive: a, limit: limit}
	p.d = xml.NewDecoder(p)
	return p, nil
}

func tooBig(name string, limit int64) error {
	return &adviceError{fmt.Sprintf("%s unpacks to more than %d MiB", name, limit>>20), "save the sheet as CSV"}
}

// part is an XML file of the archive. It bounds what is read in all and for one token, because package xml holds a token
// whole; it expands no entities but the five of XML.
type part struct {
	name    string
	in      io.ReadCloser
	archive *archive
	limit   int64
	token   int // bytes read since the last one
	d       *xml.Decoder
}

func (p *part) Read(b []byte) (int, error) {
	n, err := p.in.Read(b)
	p.token += n
	p.limit -= int64(n)
	p.archive.left -= int64(n)
	switch {
	case p.token > MaxRow:
		return n, fmt.Errorf("%s has a text of more than %d MiB", p.name, MaxRow>>20)
	case p.limit < 0 || p.archive.left < 0:
		return n, tooBig(p.name, maxBook)
	}
	return n, err
}

// next returns the next token: xml.StartElement, EndElement or CharData, of which the last is valid until the next call.
// At the end it returns io.EOF.
func (p *part) next() (xml.Token, error) {
	p.token = 0
	t, err := p.d.RawToken()
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s, byte %d: %w", p.name, p.d.InputOffset(), err)
	}
	return t, err
}

// within is next where the document cannot end yet.
func (p *part) within() (xml.Token, error) {
	t, err := p.next()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

func (p *part) close() { p.in.Close() }

// each calls see for every start of an element.
func (p *part) each(see func(e xml.StartElement) error) error {
	defer p.close()
	for {
		t, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			if err := see(e); err != nil {
				return err
			}
		}
	}
}

// attr is an attribute by its local name, or "".
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
