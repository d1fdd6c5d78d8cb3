// Importing a feed's file by hand: for a server without a network, and to see at once what was read and what was refused.
import { Button, Progress } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useRef, useState } from 'react';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { Notice, ProblemNotice } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import styles from './feeds.module.css';
import { ImportReportView } from './ImportReportView.tsx';
import { IMPORT_BYTES_MAX, IMPORT_ENDINGS, uploadFeed } from './upload.ts';

export function ImportPanel() {
  const text = useText();
  const { bytes } = useFormats();
  const questions = useQueryClient();
  const picker = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [share, setShare] = useState(0);
  const upload = useMutation({
    mutationFn: (file: File) => {
      setShare(0);
      return uploadFeed({ file, onProgress: setShare });
    },
    onSuccess: () => questions.invalidateQueries(),
  });
  const file = upload.variables;
  const isTooLarge = upload.isIdle ? false : file !== undefined && file.size > IMPORT_BYTES_MAX;
  const take = (files: FileList | null) => {
    const first = files?.[0];
    if (first && !upload.isPending) upload.mutate(first);
    if (picker.current) picker.current.value = '';
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };

  return (
    <Panel title={text('import-title')} note={text('import-note')}>
      <div
        className={styles.drop}
        data-over={isOver || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Button leftSection={<Icon name="upload" />} onClick={() => picker.current?.click()} disabled={upload.isPending}>
          {text('import-choose')}
        </Button>
        <input
          ref={picker}
          type="file"
          hidden
          aria-label={text('import-choose')}
          data-testid="import-file"
          accept={IMPORT_ENDINGS.join(',')}
          onChange={(event) => take(event.currentTarget.files)}
        />
        <p className={styles.dropWords}>{text('import-hint', { size: bytes(IMPORT_BYTES_MAX) })}</p>
      </div>
      <div aria-live="polite">
        {upload.isPending && file && (
          <div className={styles.progress}>
            <p>{text(share < 1 ? 'import-sending' : 'import-reading', { file: file.name, size: bytes(file.size) })}</p>
            <Progress.Root size="md">
              <Progress.Section value={share * 100} animated={share >= 1} aria-label={text('import-progress')} />
            </Progress.Root>
          </div>
        )}
        {upload.isError && (
          <div className={styles.report}>
            <p>{file?.name}</p>
            <ProblemNotice failure={upload.error} />
            {isTooLarge && <Notice tone="warn">{text('import-too-large', { size: bytes(IMPORT_BYTES_MAX) })}</Notice>}
          </div>
        )}
        {upload.data && file && <ImportReportView report={upload.data} file={file.name} />}
      </div>
    </Panel>
  );
}
