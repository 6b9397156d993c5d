-- W3: $1 the clinic, $2 and $3 the last patient of the page before.
WITH page AS MATERIALIZED (
    SELECT id, first_name, last_name, sort_name FROM patients
    WHERE tenant_id = $1 AND deleted_at IS NULL AND (sort_name, id) > ($2, $3)
    ORDER BY sort_name, id LIMIT 20
)
SELECT json_build_object('patients', json_build_object('nodes', coalesce(json_agg(json_build_object(
        'id', 'patient_' || encode(uuid_send(p.id), 'hex'), 'firstName', p.first_name,
        'lastName', p.last_name, 'appointments', json_build_object('nodes', x.nodes))
        ORDER BY p.sort_name, p.id), '[]')))::text,
    array_agg(p.id ORDER BY p.id)
FROM page p
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
            'id', 'appointment_' || encode(uuid_send(a.id), 'hex'), 'startsAt', a.starts_at,
            'status', a.status, 'provider', json_build_object(
                'id', 'provider_' || encode(uuid_send(v.id), 'hex'), 'displayName', v.display_name))
            ORDER BY a.starts_at DESC, a.id DESC), '[]') AS nodes
    FROM (
        SELECT id, provider_id, starts_at, status FROM appointments
        WHERE tenant_id = $1 AND patient_id = p.id AND deleted_at IS NULL
        ORDER BY starts_at DESC, id DESC LIMIT 5
    ) a
    JOIN providers v ON v.tenant_id = $1 AND v.id = a.provider_id AND v.deleted_at IS NULL
) x
