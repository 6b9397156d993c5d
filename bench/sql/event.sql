-- S: $1 the clinic, $2 the appointment, $3 whoever is to be told. One row: which of them are members
-- still, and as what, beside the appointment.
SELECT m.users, m.roles, a.id, a.patient_id, a.status, a.starts_at, a.version
FROM appointments a, LATERAL (
    SELECT array_agg(user_id) AS users, array_agg(role) AS roles FROM user_clinic_roles
    WHERE tenant_id = $1 AND user_id = ANY ($3) AND is_active AND deleted_at IS NULL
) m
WHERE a.tenant_id = $1 AND a.id = $2 AND a.deleted_at IS NULL
