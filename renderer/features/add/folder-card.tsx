import { useId, type ReactElement } from 'react'
import type { InitDisk, InitOptions } from '../../../shared/domain/initialization.ts'
import { bytes, plural, speed, THIN } from '../../../shared/domain/words.ts'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { changeAdd, type AddDraft } from '../../state/init.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { folderOf } from './draft.ts'

function sharersOf(disk: InitDisk): string {
  const count = disk.provers.length
  if (count === 0) return 'no proof shares it'
  return count === 1 ? `${disk.provers[0] ?? ''} alone` : `${count} proofs share it now`
}

function DiskRow({ disk, isOn }: { readonly disk: InitDisk; readonly isOn: boolean }): ReactElement {
  const id = useId()
  const used = disk.totalBytes > 0 ? Math.min(100, Math.max(0, (1 - disk.freeBytes / disk.totalBytes) * 100)) : 0
  const read = disk.readBytesPerSecond === undefined ? 'not measured' : speed(disk.readBytesPerSecond)
  const isOff = disk.why !== undefined
  return (
    <tr className={isOff ? 'old' : isOn ? 'on' : ''}>
      <td className="pick">
        <input
          id={id}
          type="radio"
          name="disk"
          checked={isOn}
          disabled={isOff}
          aria-label={disk.label}
          onChange={() => changeAdd({ lane: disk.lane, folder: undefined })}
        />
      </td>
      <td>
        <label htmlFor={id}>
          <b>{disk.label}</b>{' '}
          <span className="s dim">
            {disk.detail}, {read}
          </span>
        </label>
      </td>
      <td className="disk-bar wide">
        <div className="bar" role="img" aria-label={`${Math.round(used)}${THIN}% full`}>
          <i className="off" style={{ width: `${used}%` }} />
        </div>
      </td>
      <td className="r nw">{bytes(disk.freeBytes)} free</td>
      <td className="r s dim">{disk.why ?? sharersOf(disk)}</td>
    </tr>
  )
}

/** Where the data will lie: one row a disk, why one cannot be taken, and the folder itself. */
export function FolderCard(props: {
  readonly draft: AddDraft
  readonly options: InitOptions
  readonly disk: InitDisk | undefined
}): ReactElement {
  const { draft, options, disk } = props
  const action = useAction()
  const choose = async (): Promise<void> => {
    const chosen = await action.run(() => api().window.chooseFile({ title: 'Choose a folder for the new PoS data', kind: 'folder' }))
    if (chosen?.ok === true && chosen.value.path !== undefined) changeAdd({ folder: chosen.value.path })
  }
  return (
    <section className="card" aria-labelledby="add-folder">
      <div className="card-h">
        <h2 id="add-folder">Folder</h2>
        <span className="s dim">{plural(options.disks.length, 'disk')}, free space as it is now</span>
      </div>
      {options.disks.length === 0 ? (
        <p className="pad mid">No disk with room for PoS data is mounted here. Connect one, then look again.</p>
      ) : (
        <table>
          <caption className="sr">Disks</caption>
          <tbody>
            {options.disks.map((one) => (
              <DiskRow key={one.lane} disk={one} isOn={one.lane === disk?.lane} />
            ))}
          </tbody>
        </table>
      )}
      {disk !== undefined && (
        <div className="field folder-field">
          <label htmlFor="add-folder-path">Folder of its own</label>
          <div className="row">
            <span className="input mono grow">
              <input
                id="add-folder-path"
                value={folderOf(draft, disk)}
                spellCheck={false}
                onChange={(event) => changeAdd({ folder: event.target.value })}
              />
            </span>
            <button type="button" className="btn" onClick={() => void choose()}>
              Choose…
            </button>
          </div>
          <p className="s">It must be new or empty, or hold data of this same key that was begun before.</p>
        </div>
      )}
      <FaultNote fault={action.fault} close={action.clear} />
    </section>
  )
}
