package lake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The folders of a lake.
const (
	manifestDir = "manifest"
	dataDir     = "data"
	lockName    = "LOCK"
)

// format names the layout of commit files; a reader refuses others.
const format = "insideout lake 1"

// record is one commit as its file holds it: everything that a cycle added, so that all of it counts or none.
type record struct {
	Format   string    `json:"format"`
	Seq      int64     `json:"seq"`
	Epoch    int64     `json:"epoch"`    // of the writer; never falls
	Previous string    `json:"previous"` // hash of the commit before; "" in the first
	Run      string    `json:"run"`
	At       time.Time `json:"at"`
	Files    []File    `json:"files,omitempty"`
	Ranges   []account `json:"ranges,omitempty"`
	Gaps     []Gap     `json:"gaps,omitempty"`

	// Of a rewrite, see rewrite.go.
	Replaced   []replacement `json:"replaced,omitempty"`
	Restated   []account     `json:"restated,omitempty"`
	Replayed   []account     `json:"replayed,omitempty"` // positions that were rejected and are not any more
	Tombstones []string      `json:"tombstones,omitempty"`

	Names []string `json:"names,omitempty"` // see Naming.Chain; of the first commit, and of a rewrite that renames
}

// File is one committed Parquet file.
type File struct {
	Dataset string `json:"dataset"`
	Path    string `json:"path"` // slash-separated, below the lake's folder
	Schema  int    `json:"schema"`
	Rows    int64  `json:"rows"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Event   *Span  `json:"event,omitempty"`
	Key     string `json:"key,omitempty"` // id of the key that the file is encrypted with; Bytes and SHA256 are of the ciphertext
}

// check refuses paths that lead anywhere but into the data folder.
func (f File) check() error {
	if !filepath.IsLocal(f.Path) || path.Clean(f.Path) != f.Path || !strings.HasPrefix(f.Path, dataDir+"/") {
		return fmt.Errorf("file name %q leads out of the data folder", f.Path)
	}
	return nil
}

// Commit is the summary of one commit.
type Commit struct {
	Seq      int64     `json:"seq"`
	Epoch    int64     `json:"epoch"`
	Run      string    `json:"run"`
	At       time.Time `json:"at"`
	Hash     string    `json:"hash"`
	Files    int       `json:"files"`
	Records  int64     `json:"records"`
	Rejected int64     `json:"rejected,omitempty"`
	Missing  int64     `json:"missing,omitempty"`
}

func (r *record) summary(hash string) Commit {
	c := Commit{Seq: r.Seq, Epoch: r.Epoch, Run: r.Run, At: r.At, Hash: hash, Files: len(r.Files)}
	for i := range r.Ranges {
		c.Records += r.Ranges[i].Records
		c.Rejected += r.Ranges[i].Rejected
		c.Missing += r.Ranges[i].Missing
	}
	for i := range r.Replayed {
		c.Records += r.Replayed[i].Records
	}
	return c
}

// seal appends the checksum line that tells a whole manifest file from a damaged one, and returns the file and the
// hash that the next commit refers to.
func seal(v any) (content []byte, hash string, err error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(body)
	hash = hex.EncodeToString(sum[:])
	return append(body, "\nsha256 "+hash+"\n"...), hash, nil
}

var errSeal = errors.New("the checksum does not match the content")

// unseal checks and decodes what seal made.
func unseal(content []byte, v any) (hash string, err error) {
	body, rest, found := bytes.Cut(content, []byte("\n"))
	if !found {
		return "", errSeal
	}
	sum := sha256.Sum256(body)
	hash = hex.EncodeToString(sum[:])
	if string(rest) != "sha256 "+hash+"\n" {
		return "", errSeal
	}
	return hash, json.Unmarshal(body, v)
}

// Names in the manifest folder carry twelve digits, so that their order is that of the numbers.
func commitName(seq int64) string { return fmt.Sprintf("%s/%012d.json", manifestDir, seq) }
func checkpointName(seq int64) string {
	return fmt.Sprintf("%s/checkpoint-%012d.json", manifestDir, seq)
}
func epochName(epoch int64) string { return fmt.Sprintf("%s/epoch-%012d", manifestDir, epoch) }

// listing is what the manifest folder holds, each in rising order.
type listing struct {
	commits     []int64
	checkpoints []int64
	epochs      []int64
	temporary   []string // names of files that no commit needs
}

func list(root *os.Root) (*listing, error) {
	entries, err := fs.ReadDir(root.FS(), manifestDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	l := new(listing)
	for _, e := range entries {
		name := e.Name()
		kind, digits := "", name
		if at := strings.LastIndexByte(name, '-'); at >= 0 {
			kind, digits = name[:at], name[at+1:]
		}
		digits = strings.TrimSuffix(digits, ".json")
		n, err := strconv.ParseInt(digits, 10, 64)
		full := manifestDir + "/" + name
		switch {
		case err == nil && n > 0 && full == commitName(n):
			l.commits = append(l.commits, n)
		case err == nil && n > 0 && kind == "checkpoint" && full == checkpointName(n):
			l.checkpoints = append(l.checkpoints, n)
		case err == nil && n > 0 && kind == "epoch" && full == epochName(n):
			l.epochs = append(l.epochs, n)
		default:
			l.temporary = append(l.temporary, full)
		}
	}
	slices.Sort(l.commits)
	slices.Sort(l.checkpoints)
	slices.Sort(l.epochs)
	return l, nil
}

// load adds up the commits, beginning at the newest usable checkpoint.
func load(root *os.Root) (*state, *listing, error) {
	l, err := list(root)
	if err != nil {
		return nil, nil, err
	}
	s := newState()
	for _, seq := range slices.Backward(l.checkpoints) {
		c, err := readCheckpoint(root, seq)
		if err == nil {
			s = c
			break
		}
		// A checkpoint only saves time. One that is damaged, or was just replaced by the writer, is passed over; the
		// commits that it stands for are still there, and Verify names it.
	}
	last := s.Seq
	if n := len(l.commits); n > 0 {
		last = l.commits[n-1]
	}
	if last < s.Seq {
		return nil, nil, &CorruptError{Path: commitName(s.Seq), What: "it is missing, although a checkpoint has it"}
	}
	for seq := s.Seq + 1; seq <= last; seq++ {
		r, hash, err := readCommit(root, seq)
		if err != nil {
			return nil, nil, err
		}
		if err := s.apply(r, hash); err != nil {
			return nil, nil, &CorruptError{Path: commitName(seq), What: err.Error()}
		}
	}
	return s, l, nil
}

func readCommit(root *os.Root, seq int64) (*record, string, error) {
	content, err := readFile(root, commitName(seq))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", &CorruptError{Path: commitName(seq), What: "it is missing, although later ones are there"}
	}
	if err != nil {
		return nil, "", err
	}
	r := new(record)
	hash, err := unseal(content, r)
	if err != nil {
		return nil, "", &CorruptError{Path: commitName(seq), What: "it cannot be read", Err: err}
	}
	if r.Format != format {
		return nil, "", &CorruptError{Path: commitName(seq), What: fmt.Sprintf("its format is %q, this program reads %q", r.Format, format)}
	}
	return r, hash, nil
}
