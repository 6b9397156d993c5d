-- The mutation that makes an event: $1 the clinic, $2 the appointment, $3 the version that the caller has
-- seen, $4 what changes, $5 to $10 the audit event. As update.sql.
WITH changed AS (
    UPDATE appointments SET reason = $4
    WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL
    RETURNING id, patient_id, provider_id, version
), audited AS (
    INSERT INTO audit_events (tenant_id, id, occurred_at, user_id, role, action, operation, entity,
        entity_ids, patient_ids, purpose, outcome, fields, request_id, network)
    SELECT $1, $5, $6, $7, $8, 'UPDATE', 'UpdateAppointment', 'Appointment', ARRAY[id], ARRAY[patient_id],
        'TREAT', 'SUCCESS', ARRAY['reason'], $9, $10
    FROM changed
), counter AS (
    INSERT INTO event_counters (tenant_id, last) SELECT $1, 1 FROM changed
    ON CONFLICT (tenant_id) DO UPDATE SET last = event_counters.last + 1
    RETURNING last
), emitted AS (
    INSERT INTO outbox_events (tenant_id, number, topic, payload)
    SELECT $1, counter.last, 'appointment.updated',
        jsonb_build_object('id', id, 'patientId', patient_id, 'providerId', provider_id)
    FROM counter, changed
)
SELECT id, version, pg_notify('atrium_events', $1::uuid::text)::text
FROM changed
