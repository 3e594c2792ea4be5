import { Anchor } from '@mantine/core';
import { IconFileText } from '@tabler/icons-react';
import type { AnyRecord } from '../../api/records';
import { useToast } from '../../components/useToast';
import { saveFile } from '../../components/saveFile';

export interface FileRecord extends AnyRecord {
  readonly ownerId: string;
  readonly name: string;
}

/** A file of a record of this type; it takes the token of whoever is signed in, so it is no address. */
export function FileLink({ type, file }: { readonly type: string; readonly file: FileRecord }) {
  const toast = useToast();
  return (
    <Anchor component="button" type="button" size="sm" ta="start" mih={24}
      onClick={() => { saveFile(`/api/${type}/${file.ownerId}/files/${file.id}`, file.name).catch((e: unknown) => toast.failed(e)); }}>
      <IconFileText size={14} aria-hidden /> {file.name}
    </Anchor>
  );
}
