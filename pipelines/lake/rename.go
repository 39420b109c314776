package lake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"insideout/models"
)

// Naming is how the pseudonyms of a lake are made: from an id by the oldest key, and from that by each newer one, which turns
// every pseudonym into another one and can be undone. So a new key needs no ids, which the lake does not have, loses nobody,
// and makes two people never one.
type Naming struct {
	// Chain names the keys that a pseudonym goes through, the oldest first.
	Chain []string
	// Rename takes a pseudonym that went through the first keys of the chain, their number is done, through the others.
	Rename func(pseudonym string, done int) (string, error)
	// Root undoes all keys but the oldest. Tombstones are of that: nobody knows for whom they stand.
	Root func(pseudonym string) string
	// Older lets a lake be opened whose pseudonyms went through the first keys only, to rename them.
	Older bool
}

func (n *Naming) chain() []string {
	if n == nil {
		return nil
	}
	return n.Chain
}

func (n *Naming) root(pseudonym string) string {
	if n == nil || n.Root == nil {
		return pseudonym
	}
	return n.Root(pseudonym)
}

// ErrNaming says that the lake's pseudonyms are not those that the keys at hand make: what would be written now would not
// find what is there.
var ErrNaming = errors.New("the pseudonyms of the lake were made with other keys")

// NamingError says which keys. Behind says that those of the lake are the oldest ones of those at hand, so that Rename helps.
type NamingError struct {
	Lake, Have []string
	Behind     bool
}

func (e *NamingError) Error() string {
	return fmt.Sprintf("%v: they went through %s, and those of the configuration are %s", ErrNaming, keyList(e.Lake), keyList(e.Have))
}

func (e *NamingError) Unwrap() error { return ErrNaming }

func keyList(ids []string) string {
	if len(ids) == 0 {
		return "no key"
	}
	return strings.Join(ids, ", then ")
}

// noted is the chain of what is in the lake. One that was begun before it was noted went through the oldest key alone.
func (l *Lake) noted() []string {
	if len(l.state.Names) == 0 && l.state.Seq > 0 {
		return l.chain.Chain[:min(1, len(l.chain.Chain))]
	}
	return l.state.Names
}

// named holds the keys at hand against the lake.
func (l *Lake) named() error {
	if l.chain == nil || len(l.chain.Chain) == 0 || l.state.Seq == 0 {
		return nil
	}
	lake, have := l.noted(), l.chain.Chain
	if slices.Equal(lake, have) {
		return nil
	}
	behind := len(lake) < len(have) && slices.Equal(lake, have[:len(lake)])
	if behind && l.chain.Older {
		return nil
	}
	return &NamingError{Lake: lake, Have: have, Behind: behind}
}

// Renamed is what Rename did.
type Renamed struct {
	Files      int   `json:"files"`      // rewritten
	Pseudonyms int64 `json:"pseudonyms"` // cells that hold another one now
}

// Rename gives every pseudonym of the lake the one that the newest key makes of it, and encrypts with that key what is
// encrypted, by one commit: broken off anywhere, the lake is as it was or done, and doing it again finishes it. Rows,
// positions and tombstones stay. No cycle may be open.
func (l *Lake) Rename(ctx context.Context) (*Renamed, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chain == nil || l.keys == nil {
		return nil, errors.New("there are no keys to rename with")
	}
	done := &Renamed{}
	if l.state.Seq == 0 || slices.Equal(l.noted(), l.chain.Chain) {
		return done, nil
	}
	from := len(l.noted())
	var failed error
	count := new(Forgotten)
	err := l.rewrite(ctx, count, rewriting{names: l.chain.Chain, take: func(_ origin, b *models.Batch) (*models.Batch, int64, int64) {
		changed := int64(0)
		for i := range b.Schema.Fields {
			if b.Schema.Fields[i].Privacy != models.Pseudonym {
				continue
			}
			c := &b.Columns[i]
			for r, valid := range c.Valid {
				if !valid || failed != nil {
					continue
				}
				if c.Texts[r], failed = l.chain.Rename(c.Texts[r], from); failed != nil {
					failed = fmt.Errorf("dataset %s, field %s: %w", b.Schema.Name, b.Schema.Fields[i].Name, failed)
				}
				changed++
			}
		}
		return b, 0, changed
	}, failed: func() error { return failed }})
	if err != nil {
		return nil, err
	}
	done.Files, done.Pseudonyms = count.Files, count.Blanked
	if len(l.state.Tombstones) > 0 {
		l.eraser = l.newEraser(l.state.Tombstones)
	}
	return done, nil
}
