-- what was booked before had one price
ALTER TABLE usage_record ADD COLUMN tier TEXT NOT NULL DEFAULT 'default';
