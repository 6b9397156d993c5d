DROP TABLE patient_proxies, patients;
