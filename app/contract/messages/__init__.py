"""What people are told: events of a job, webhooks, and their deliveries."""
