// node local/temporal-download.ts <folder> <version>: has the SDK download Temporal's dev server into a folder.
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { messageOf } from '../domain/errors.ts';

const [downloadDir = '.', version = 'default'] = process.argv.slice(2);
try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, version } },
  });
  await environment.teardown();
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exit(1);
}
