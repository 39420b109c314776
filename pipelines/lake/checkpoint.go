package lake

import (
	"errors"
	"os"
)

// checkpointEvery is the number of commits after which the sum of all is stored. Opening then reads one checkpoint and
// at most that many commits, however long the history is.
const checkpointEvery = 256

var errStale = errors.New("the checkpoint does not belong to this chain of commits")

// readCheckpoint reads the sum of the commits up to seq and ties it to the chain: its hash must be that of the commit.
func readCheckpoint(root *os.Root, seq int64) (*state, error) {
	content, err := readFile(root, checkpointName(seq))
	if err != nil {
		return nil, err
	}
	s := newState()
	if _, err := unseal(content, s); err != nil {
		return nil, err
	}
	_, hash, err := readCommit(root, seq)
	if err != nil {
		return nil, err
	}
	if s.Seq != seq || s.Hash != hash {
		return nil, errStale
	}
	for _, f := range s.Files {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	s.index()
	return s, nil
}

// checkpoint stores the state and removes all but the newest two checkpoints. (Two, because a reader may have listed
// the folder just before.)
func (d *disk) checkpoint(s *state, older []int64) error {
	content, _, err := seal(s)
	if err != nil {
		return err
	}
	name := checkpointName(s.Seq)
	temporary := name + ".tmp"
	if err := d.remove(temporary); err != nil {
		return err
	}
	if err := d.write(temporary, content); err != nil {
		return err
	}
	if err := d.rename(temporary, name); err != nil {
		return err
	}
	if err := d.syncDir(manifestDir); err != nil {
		return err
	}
	for i, seq := range older {
		if i < len(older)-1 {
			if err := d.remove(checkpointName(seq)); err != nil {
				return err
			}
		}
	}
	return nil
}
