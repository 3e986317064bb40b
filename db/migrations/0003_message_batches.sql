ALTER TABLE `messages` ADD `batch` varchar(100) CHARACTER SET ascii COLLATE ascii_bin;--> statement-breakpoint
ALTER TABLE `messages` ADD `files` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;--> statement-breakpoint
CREATE INDEX `messages_batch` ON `messages` (`batch`,`state`,`due_at`);