-- W2: $1 the clinic, from $2 until before $3. The page is made first, whatever the planner expects;
-- every row says how many there are.
WITH page AS MATERIALIZED (
    SELECT id, patient_id, provider_id, starts_at, ends_at, status, reason FROM appointments
    WHERE tenant_id = $1 AND starts_at >= $2 AND starts_at < $3 AND deleted_at IS NULL
    ORDER BY starts_at, id LIMIT 50
)
SELECT a.id, a.starts_at, a.ends_at, a.status, a.reason, p.id, p.first_name, p.last_name, v.id, v.display_name,
    (SELECT count(*) FROM appointments
        WHERE tenant_id = $1 AND starts_at >= $2 AND starts_at < $3 AND deleted_at IS NULL)
FROM page a
JOIN patients p ON p.tenant_id = $1 AND p.id = a.patient_id AND p.deleted_at IS NULL
JOIN providers v ON v.tenant_id = $1 AND v.id = a.provider_id AND v.deleted_at IS NULL
ORDER BY a.starts_at, a.id
