import type { ReactElement } from 'react'
import { OWNERS } from '../../../shared/domain/process.ts'
import { BinaryField } from './binary-field.tsx'
import { Coinbase } from './coinbase-card.tsx'
import { newAttachedNode, newManagedNode, readAt } from './draft.ts'
import { ArgumentsField, LogLevelsField, TlsFields } from './list-fields.tsx'
import { ChoiceField, NumberField, Part, PathField, Problems, SelectField, TextField, useForm } from './form.tsx'

const OWNER_WORDS = OWNERS.map((owner) => [owner, owner === 'smeshkeeper' ? 'Smeshkeeper' : owner] as const)

function Managed(): ReactElement {
  return (
    <>
      <Part title="Program and folders" hint="these need a restart of the node">
        <BinaryField at="node.binary" label="go-spacemesh" program="go-spacemesh" />
        <PathField at="node.dataFolder" label="Data folder" kind="folder" hint="Holds the database and the folder identities" />
        <PathField at="node.configFile" label="Config file" kind="file" hint="Read only; Smeshkeeper writes one of its own beside it" />
        <Coinbase />
        <SelectField at="node.owner" label="Run by" hint="A foreign process is only watched" options={OWNER_WORDS} fallback="smeshkeeper" />
      </Part>
      <Part title="Listeners" hint="on this machine only">
        <TextField at="node.listeners.public" label="Public" hint="Network state" />
        <TextField at="node.listeners.private" label="Private" hint="Identities and their states" />
        <TextField at="node.listeners.post" label="Post" hint="Services connect here" />
        <Problems at="node.listeners" id="node-listeners-problem" />
        <TlsFields at="node.tls" />
      </Part>
      <Part title="How it is started" hint="these need a restart of the node">
        <LogLevelsField at="node.logLevels" />
        <ArgumentsField at="node.extraArgs" />
      </Part>
    </>
  )
}

function Attached(): ReactElement {
  return (
    <>
      <Part title="Where it is" hint="watched, never started or stopped">
        <TextField at="node.public" label="Public listener" />
        <TextField at="node.private" label="Private listener" />
        <TextField at="node.post" label="Post listener" />
        <TlsFields at="node.tls" />
        <SelectField at="node.owner" label="Run by" options={OWNER_WORDS.filter(([owner]) => owner !== 'smeshkeeper')} fallback="someone" />
      </Part>
      <Part title="More evidence" hint="what is not set is not known">
        <PathField at="node.logFile" label="Log file" kind="file" isOptional />
        <PathField at="node.dataFolder" label="Data folder" kind="folder" isOptional />
      </Part>
    </>
  )
}

function Network(): ReactElement {
  const form = useForm()
  const isCustom = readAt(form.draft, 'network.preset') === 'custom'
  return (
    <Part title="Network">
      <div className="set">
        <div className="grow">
          <span className="label">Network</span>
          <div className="s dim">Timing and PoST parameters</div>
        </div>
        <span className="seg" role="group" aria-label="Network">
          <button
            type="button"
            className={isCustom ? '' : 'on'}
            aria-pressed={!isCustom}
            onClick={() => form.set('network', { preset: 'mainnet' })}
          >
            Mainnet
          </button>
          <button
            type="button"
            className={isCustom ? 'on' : ''}
            aria-pressed={isCustom}
            onClick={() => form.set('network', { preset: 'custom', addressPrefix: 'stest', poet: {}, post: { scrypt: {} } })}
          >
            Another
          </button>
        </span>
      </div>
      {isCustom && (
        <>
          <TextField at="network.genesisTime" label="Genesis" placeholder="2026-01-01T00:00:00Z" />
          <NumberField at="network.layerDurationMs" label="Layer, ms" />
          <NumberField at="network.layersPerEpoch" label="Layers an epoch" />
          <NumberField at="network.poet.phaseShiftMs" label="PoET phase shift, ms" />
          <NumberField at="network.poet.cycleGapMs" label="PoET cycle gap, ms" />
          <NumberField at="network.poet.gracePeriodMs" label="PoET grace period, ms" />
          <NumberField at="network.post.labelsPerUnit" label="Labels a Space Unit" />
          <NumberField at="network.post.minNumUnits" label="Least Space Units" />
          <NumberField at="network.post.maxNumUnits" label="Most Space Units" />
          <NumberField at="network.post.k1" label="k1" />
          <NumberField at="network.post.k2" label="k2" />
          <TextField at="network.post.powDifficulty" label="Proof of work difficulty" />
          <NumberField at="network.post.scrypt.n" label="scrypt N" />
          <NumberField at="network.post.scrypt.r" label="scrypt r" />
          <NumberField at="network.post.scrypt.p" label="scrypt p" />
          <TextField at="network.addressPrefix" label="Address prefix" />
        </>
      )}
    </Part>
  )
}

/** The node: run by us, or attached to. */
export function NodePart(): ReactElement {
  const form = useForm()
  const isManaged = readAt(form.draft, 'node.mode') !== 'attached'
  return (
    <>
      <Part title="Node">
        <div className="set">
          <div className="grow">
            <span className="label">Who runs the node</span>
            <div className="s dim">
              {isManaged ? 'Smeshkeeper starts, watches and stops it' : 'Someone else runs it; Smeshkeeper reads its API'}
            </div>
          </div>
          <span className="seg" role="group" aria-label="Who runs the node">
            <button
              type="button"
              className={isManaged ? 'on' : ''}
              aria-pressed={isManaged}
              onClick={() => form.set('node', newManagedNode())}
            >
              Smeshkeeper
            </button>
            <button
              type="button"
              className={isManaged ? '' : 'on'}
              aria-pressed={!isManaged}
              onClick={() => form.set('node', newAttachedNode())}
            >
              Attached
            </button>
          </span>
        </div>
        {isManaged && (
          <ChoiceField
            at="node.wanted"
            label="Should run"
            options={[
              ['up', 'Yes'],
              ['down', 'No'],
            ]}
            fallback="up"
          />
        )}
      </Part>
      {isManaged ? <Managed /> : <Attached />}
      <Network />
    </>
  )
}
