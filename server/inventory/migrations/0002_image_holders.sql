-- An image is forgotten with the last device that has it.
CREATE INDEX device_state_by_image ON device_state (tenant_id, image_id);
