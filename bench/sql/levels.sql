-- W3: $1 the clinic, $2 and $3 the last patient of the page before, $4 how many patients: as a number
-- in the text it would make the planner read and sort all of the clinic's. A row for each appointment.
WITH page AS MATERIALIZED (
    SELECT id, first_name, last_name, sort_name FROM patients
    WHERE tenant_id = $1 AND deleted_at IS NULL AND (sort_name, id) > ($2, $3)
    ORDER BY sort_name, id LIMIT $4
)
SELECT p.id, p.first_name, p.last_name, a.id, a.starts_at, a.status, v.id, v.display_name
FROM page p
LEFT JOIN LATERAL (
    SELECT id, provider_id, starts_at, status FROM appointments
    WHERE tenant_id = $1 AND patient_id = p.id AND deleted_at IS NULL
    ORDER BY starts_at DESC, id DESC LIMIT 5
) a ON true
LEFT JOIN providers v ON v.tenant_id = $1 AND v.id = a.provider_id AND v.deleted_at IS NULL
ORDER BY p.sort_name, p.id, a.starts_at DESC, a.id DESC
