-- W2: $1 the clinic, from $2 until before $3. The page is made first, whatever the planner expects.
WITH page AS MATERIALIZED (
    SELECT id, patient_id, provider_id, starts_at, ends_at, status, reason FROM appointments
    WHERE tenant_id = $1 AND starts_at >= $2 AND starts_at < $3 AND deleted_at IS NULL
    ORDER BY starts_at, id LIMIT 50
)
SELECT json_build_object('appointments', json_build_object(
        'totalCount', (SELECT count(*) FROM appointments
            WHERE tenant_id = $1 AND starts_at >= $2 AND starts_at < $3 AND deleted_at IS NULL),
        'nodes', coalesce(json_agg(json_build_object(
            'id', 'appointment_' || encode(uuid_send(a.id), 'hex'), 'startsAt', a.starts_at,
            'endsAt', a.ends_at, 'status', a.status, 'reason', a.reason,
            'patient', json_build_object('id', 'patient_' || encode(uuid_send(p.id), 'hex'),
                'firstName', p.first_name, 'lastName', p.last_name),
            'provider', json_build_object('id', 'provider_' || encode(uuid_send(v.id), 'hex'),
                'displayName', v.display_name)) ORDER BY a.starts_at, a.id), '[]')))::text,
    array_agg(DISTINCT p.id)
FROM page a
JOIN patients p ON p.tenant_id = $1 AND p.id = a.patient_id AND p.deleted_at IS NULL
JOIN providers v ON v.tenant_id = $1 AND v.id = a.provider_id AND v.deleted_at IS NULL
