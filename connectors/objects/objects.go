// Package objects reads buckets of S3, Google Cloud Storage and Azure Blob Storage for the source of files.
//
// It hides the clients, of which there are some hundred packages: nothing else imports them. What a source asks is little:
// which objects there are, and the content of one unless that is known. A bucket is only ever read.
//
// Credentials come from where each cloud's own tools take them, never from the configuration: the environment
// (AWS_ACCESS_KEY_ID and so on, GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or
// AZURE_STORAGE_SAS_TOKEN), the files of those tools, or the role of the machine.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	_ "gocloud.dev/blob/azureblob" // the schemes of the addresses
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob"

	"insideout/connectors"
)

// Options are what an address does not say.
type Options struct {
	Region    string // of S3
	Endpoint  string // of an S3-compatible service
	PathStyle bool   // the bucket stands in the path, not in the name of the host
	Anonymous bool   // no credentials, for public buckets of S3 and Google
}

// Bucket is one bucket or container.
type Bucket struct {
	b    *blob.Bucket
	name string
}

// Open opens the bucket of an address such as s3://exports. It makes no request. The error is a
// *connectors.EnvironmentError.
func Open(ctx context.Context, address string, o Options) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	q := url.Values{}
	set := func(key, value string, given bool) {
		if given {
			q.Set(key, value)
		}
	}
	set("response_checksum_validation", "when_required", u.Scheme == "s3") // most S3-compatible services send none
	set("region", o.Region, o.Region != "")
	set("endpoint", o.Endpoint, o.Endpoint != "")
	set("use_path_style", "true", o.PathStyle)
	set("anonymous", "true", o.Anonymous)
	u.RawQuery = q.Encode()
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, &connectors.EnvironmentError{Op: "open", What: address, Err: err, Hint: credentials(u.Scheme)}
	}
	return &Bucket{b, address}, nil
}

// credentials says where a cloud's credentials come from.
func credentials(scheme string) string {
	switch scheme {
	case "s3":
		return "credentials come from the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or the role of this machine"
	case "gs":
		return "credentials come from the environment: GOOGLE_APPLICATION_CREDENTIALS, or the role of this machine"
	}
	return "credentials come from the environment: AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or the identity of this machine"
}

// List calls found for every object whose key begins with a prefix, in the order of their keys. An error of found ends it.
func (b *Bucket) List(ctx context.Context, prefix string, found func(key string, size int64, at time.Time) error) error {
	it := b.b.List(&blob.ListOptions{Prefix: prefix})
	for {
		o, err := it.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return b.explain("list", prefix, err)
		}
		if err := found(o.Key, o.Size, o.ModTime); err != nil {
			return err
		}
	}
}

// Fetch writes the content of an object and returns the version that it has, "" if the store keeps none. When that is the
// known one nothing is written. An object that is replaced meanwhile may come under its old version; the next fetch then
// finds a new version.
func (b *Bucket) Fetch(ctx context.Context, key, known string, w io.Writer) (version string, err error) {
	at, err := b.b.Attributes(ctx, key)
	if err != nil {
		return "", b.explain("read", key, err)
	}
	if at.ETag != "" && at.ETag == known {
		return known, nil
	}
	r, err := b.b.NewReader(ctx, key, nil)
	if err != nil {
		return "", b.explain("read", key, err)
	}
	defer r.Close()
	if _, err := io.Copy(w, r); err != nil {
		return "", b.explain("read", key, err)
	}
	return at.ETag, nil
}

// Close lets go of the connections.
func (b *Bucket) Close() error { return b.b.Close() }

func (b *Bucket) explain(op, key string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	scheme, _, _ := strings.Cut(b.name, ":")
	e := &connectors.EnvironmentError{Op: op, What: b.name + "/" + key, Err: err, Hint: credentials(scheme)}
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		e.Hint = "correct the name of the bucket, and region: and endpoint: of file.store"
	case gcerrors.PermissionDenied:
		e.Hint = "these credentials may not read it; " + credentials(scheme)
	}
	return e
}
