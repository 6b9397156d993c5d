-- W1: $1 the clinic, $2 the patient.
SELECT id, first_name, last_name, birth_date, sex, email, phone, version
FROM patients
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
