-- Mails to people: what is to be sent, and what became of it. No address lies here: the identity store gives it when it is sent.
CREATE TABLE mail (
    tenant_id BIGINT NOT NULL,
    mail_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    letter BLOB,
    state TEXT NOT NULL,
    message_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    refusals BIGINT NOT NULL,
    answer_code BIGINT,
    settled_at BIGINT,
    first_tried_at BIGINT,
    PRIMARY KEY (tenant_id, mail_id)
);
CREATE INDEX mail_by_state ON mail (tenant_id, state, due_at);
CREATE INDEX mail_by_user ON mail (tenant_id, user_id);
