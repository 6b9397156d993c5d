DROP TABLE jobs, outbox_events, event_counters, idempotency_keys;
