-- W4: $1 the clinic, $2 the patient, $3 the version that the caller has seen, $4 and $5 what changes,
-- $6 to $11 the audit event. The clinic's counter is taken in the last statement before COMMIT.
WITH changed AS (
    UPDATE patients SET address_line1 = $4, city = $5
    WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL
    RETURNING id, version, updated_at
), audited AS (
    INSERT INTO audit_events (tenant_id, id, occurred_at, user_id, role, action, operation, entity,
        entity_ids, patient_ids, purpose, outcome, fields, request_id, network)
    SELECT $1, $6, $7, $8, $9, 'UPDATE', 'UpdatePatient', 'Patient', ARRAY[id], ARRAY[id], 'TREAT',
        'SUCCESS', ARRAY['addressLine1', 'city'], $10, $11
    FROM changed
), counter AS (
    INSERT INTO event_counters (tenant_id, last) SELECT $1, 1 FROM changed
    ON CONFLICT (tenant_id) DO UPDATE SET last = event_counters.last + 1
    RETURNING last
), emitted AS (
    INSERT INTO outbox_events (tenant_id, number, topic, payload)
    SELECT $1, counter.last, 'patient.updated', jsonb_build_object('id', $2::uuid) FROM counter
)
SELECT id, version, updated_at, pg_notify('atrium_events', $1::uuid::text)::text
FROM changed
