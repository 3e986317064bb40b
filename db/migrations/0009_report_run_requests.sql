CREATE TABLE `quiz_month_figures` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`snapshot` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`user_id` bigint NOT NULL,
	`figures` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`counted_at` datetime(3) NOT NULL,
	CONSTRAINT `quiz_month_figures_id` PRIMARY KEY(`id`),
	CONSTRAINT `quiz_month_figures_user` UNIQUE(`snapshot`,`user_id`)
);
--> statement-breakpoint
ALTER TABLE `report_runs` ADD `request` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL;--> statement-breakpoint
ALTER TABLE `report_runs` ADD `body` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;--> statement-breakpoint
CREATE INDEX `quiz_month_figures_age` ON `quiz_month_figures` (`counted_at`);--> statement-breakpoint
CREATE INDEX `quiz_month_figures_person` ON `quiz_month_figures` (`user_id`);