// One group, to make or to change: its name, how it gets its devices, and which those are.
import { Button, Radio, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Device, DeviceGroup } from '../api/shape.ts';
import { groupsQuestion } from '../devices/questions.ts';
import { useText } from '../language/Language.tsx';
import { Answered, ProblemNotice } from '../notice/Notice.tsx';
import { fieldProblem } from '../notice/problems.ts';
import { toastDone } from '../notice/toast.ts';
import { spokenSelector } from '../people/roles.ts';
import { PageHead } from '../shell/PageHead.tsx';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { DeleteGroup } from './DeleteGroup.tsx';
import styles from './groups.module.css';
import { type Members, MemberPicker, membersOf } from './MemberPicker.tsx';
import { groupQuestion, membersQuestion } from './questions.ts';
import { SelectorField } from './SelectorField.tsx';
import { SelectorPreview } from './SelectorPreview.tsx';

/** Longest name, in characters; the server has the same limit. */
const NAME_CHARS_MAX = 200;

const newRoute = getRouteApi('/signed/devices/groups/new');
const route = getRouteApi('/signed/devices/groups/$group');

export function NewGroupPage() {
  const text = useText();
  const { selector } = newRoute.useSearch();
  return (
    <>
      <PageHead title={text('group-new')} above={<ToGroups />} />
      <GroupForm selector={selector} />
    </>
  );
}

export function GroupPage() {
  const text = useText();
  const { group } = route.useParams();
  const mayChange = useMay().all('devices:write');
  const question = useQuery(groupQuestion(group));
  const known = question.data;
  return (
    <>
      <PageHead title={known?.name ?? text('device-group')} above={<ToGroups />} below={known && <span>{text(`group-kind-${known.kind}`)}</span>}>
        {known && mayChange && <DeleteGroup group={known} />}
      </PageHead>
      <Answered question={question}>
        {(data) => {
          if (!mayChange) return <ShownGroup group={data} />;
          return data.kind === 'manual' ? <ManualGroup key={group} group={data} /> : <GroupForm key={group} group={data} />;
        }}
      </Answered>
    </>
  );
}

function ToGroups() {
  const text = useText();
  return <Link to="/devices/groups">{text('groups-title')}</Link>;
}

/** A group as those see it who may not change it, since roles can rest on it. */
function ShownGroup({ group }: { group: DeviceGroup }) {
  const text = useText();
  const groups = useQuery(groupsQuestion).data?.items ?? [];
  return (
    <>
      <Panel>
        {group.selector && (
          <p>
            {text('group-selector')}: <code>{spokenSelector(group.selector, groups)}</code>
          </p>
        )}
        <p>{text('group-fixed')}</p>
      </Panel>
      <SelectorPreview selector={`group:${group.group}`} />
    </>
  );
}

/** The form needs every member before it may be saved. */
function ManualGroup({ group }: { group: DeviceGroup }) {
  const members = useQuery(membersQuestion(group.group));
  return <Answered question={members}>{(data) => <GroupForm group={group} members={data} />}</Answered>;
}

function GroupForm(props: { group?: DeviceGroup; members?: Device[]; selector?: string }) {
  const { group } = props;
  const text = useText();
  const questions = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(group?.name ?? '');
  const [kind, setKind] = useState<DeviceGroup['kind']>(group?.kind ?? 'query');
  const [selector, setSelector] = useState(group?.selector ?? props.selector ?? '');
  const [members, setMembers] = useState<Members>(() => membersOf(props.members ?? []));
  const save = useMutation({
    mutationFn: () => {
      const content = kind === 'query' ? { selector: selector.trim() } : { members: [...members.keys()] };
      const body = { name: name.trim(), ...content };
      return group
        ? answered(api.PATCH('/api/v1/groups/{group}', { params: { path: { group: group.group } }, body }))
        : answered(api.POST('/api/v1/groups', { body: { ...body, kind } }));
    },
    onSuccess: async (saved) => {
      toastDone(text('group-saved', { name: saved.name }));
      await questions.invalidateQueries({ queryKey: ['groups'] });
      void questions.invalidateQueries({ queryKey: ['devices'] });
      await navigate({ to: '/devices/groups' });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const told = { name: fieldProblem(save.error, 'name'), selector: fieldProblem(save.error, 'selector') };
  const isEmpty = kind === 'query' && selector.trim() === '';

  return (
    <>
      <form onSubmit={submit}>
        <Panel>
          <div className={styles.form}>
            <TextInput
              label={text('group-name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={told.name}
              maxLength={NAME_CHARS_MAX}
              required
              withAsterisk={false}
              autoFocus={!group}
              className={styles.name}
            />
            {!group && (
              <Radio.Group label={text('group-kind')} value={kind} onChange={(value) => setKind(value as DeviceGroup['kind'])}>
                <div className={styles.kinds}>
                  {(['query', 'manual'] as const).map((one) => (
                    <Radio key={one} value={one} label={text(`group-kind-${one}`)} description={text(`group-kind-${one}-note`)} />
                  ))}
                </div>
              </Radio.Group>
            )}
            {kind === 'query' && <SelectorField own={group?.group} value={selector} onChange={setSelector} error={told.selector} />}
            {save.error && !told.name && !told.selector && <ProblemNotice failure={save.error} />}
            <div className={styles.buttons}>
              <Button type="submit" loading={save.isPending} disabled={isEmpty}>
                {text(group ? 'save' : 'group-make')}
              </Button>
              <Button variant="default" renderRoot={(button) => <Link to="/devices/groups" {...button} />}>
                {text('cancel')}
              </Button>
            </div>
          </div>
        </Panel>
      </form>
      {kind === 'query' ? <SelectorPreview selector={selector} /> : <MemberPicker members={members} onChange={setMembers} />}
    </>
  );
}
