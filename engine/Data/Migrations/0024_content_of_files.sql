-- A file and its content are written in one step, and so is their deletion: that one is there for the other need not be looked
-- up for each row, which took a quarter of what it takes to keep a generated document.
alter table file_contents drop constraint file_contents_file_id_fkey;
