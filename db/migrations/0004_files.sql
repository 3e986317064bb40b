CREATE TABLE `artefact_chunks` (
	`artefact_id` bigint unsigned NOT NULL,
	`number` int unsigned NOT NULL,
	`content` mediumblob NOT NULL,
	CONSTRAINT `artefact_chunks_artefact_id_number_pk` PRIMARY KEY(`artefact_id`,`number`)
);
--> statement-breakpoint
CREATE TABLE `artefacts` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`media_type` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`bytes` bigint unsigned NOT NULL DEFAULT 0,
	`sha256` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`expires_at` datetime(3) NOT NULL,
	CONSTRAINT `artefacts_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE INDEX `artefacts_expires_at` ON `artefacts` (`expires_at`);--> statement-breakpoint
CREATE INDEX `artefacts_state` ON `artefacts` (`state`,`created_at`);