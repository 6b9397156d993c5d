-- The number of each clinic's last event.
SELECT clinic, last FROM atrium.tenants() AS clinic, LATERAL atrium.outbox_span(clinic)
