package bolt

import "context"

// Instance is what the file was given when it was made, 32 hexadecimal digits: every copy of it has the same.
func (s *Store) Instance(ctx context.Context) (id string, err error) {
	err = s.view(ctx, func(t *tx) error {
		found, err := t.get(bucketMeta, []byte(metaInstance), &id)
		if err == nil && !found {
			err = &damage{bucketMeta, []byte(metaInstance), errShort}
		}
		return err
	})
	return id, err
}
