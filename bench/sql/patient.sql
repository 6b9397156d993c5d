-- W1: $1 the clinic, $2 the patient.
SELECT json_build_object('patient', json_build_object(
        'id', 'patient_' || encode(uuid_send(id), 'hex'), 'firstName', first_name,
        'lastName', last_name, 'birthDate', birth_date, 'sex', sex, 'email', email, 'phone', phone,
        'version', version))::text,
    ARRAY[id]
FROM patients
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
