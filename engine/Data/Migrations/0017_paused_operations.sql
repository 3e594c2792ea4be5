-- Long work that is to wait. The default is a constant, so the table is not rewritten; it is locked for a moment only.
alter table operations add column is_paused boolean not null default false;
