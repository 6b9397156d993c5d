-- $1 the clinic, $2 the number of the last event that was read.
SELECT number, topic, (payload ->> 'id')::uuid FROM atrium.outbox_read($1, $2, 1000)
