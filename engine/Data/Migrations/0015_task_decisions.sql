-- Which decision a task was made by. A column without a value to be written: the table is locked for a moment only.

alter table tasks add column decision_id uuid null;
