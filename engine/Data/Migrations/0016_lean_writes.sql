-- What a step appends is written with as few index entries as its readers need, and its JSON is stored as the text that it
-- is: PostgreSQL would parse it anew for each row, and nobody asks it for a part of one. Rewrites history, journal and
-- events under an exclusive lock: on a large installation, expect a minute for ten million rows.
alter table journal drop constraint journal_pkey, alter column entries type text, alter column materials type text;
drop index journal_instance;
alter table journal add constraint journal_pkey primary key (tenant_id, instance_id, id);

alter table history drop constraint history_pkey, alter column changes type text;
drop index history_record_idx;
alter table history add constraint history_pkey primary key (tenant_id, record_id, id);

alter table events drop constraint events_pkey, alter column data type text;
drop index events_cursor, events_at_idx;
alter table events add constraint events_pkey primary key (tenant_id, tx, seq);
-- Events are stored in the order of their time, so a summary of page ranges finds those that are to be forgotten.
create index events_at_idx on events using brin (at);

alter table webhook_deliveries alter column data type text;

-- Nobody looked for audit rows by their subject: what was done to a record is in its history.
drop index audit_subject_idx;

-- A state takes about a kilobyte, so that a page of 70 % had no room for a second update of each.
alter table instances set (fillfactor = 50);
