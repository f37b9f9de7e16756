import type { ReactElement } from 'react'
import type { InitDisk, InitOptions } from '../../../shared/domain/initialization.ts'
import { bytes, plural, THIN } from '../../../shared/domain/words.ts'
import { Seg } from '../../components/seg.tsx'
import { Slider } from '../../components/slider.tsx'
import { changeAdd, type AddDraft } from '../../state/init.ts'
import { mostUnits, unitsOf } from './draft.ts'

/** Marks under the slider: the least, three between, the most. */
function marksOf(least: number, most: number): readonly number[] {
  return [1, 2, 3].map((part) => Math.round(least + ((most - least) * part) / 4)).filter((one) => one > least && one < most)
}

/** The arithmetic of the disk: what is free, what stays free, what is left for growing. */
function Space({ disk, totalBytes }: { readonly disk: InitDisk; readonly totalBytes: number }): ReactElement {
  const kept = Math.max(0, disk.freeBytes - disk.usableBytes)
  return (
    <p className="s mid size-space">
      {bytes(disk.freeBytes)} free − {bytes(kept)} kept for the reserve, the queue and growth − {bytes(totalBytes)} for this ={' '}
      <b>{bytes(Math.max(0, disk.usableBytes - totalBytes))} left</b>
    </p>
  )
}

const GIB = 2 ** 30

/** Few large files or many small ones; not asked where all of it is tiny. */
function FileSize({ usual, value }: { readonly usual: number; readonly value: number }): ReactElement | null {
  if (usual < GIB) return null
  const options = [usual / 4, usual / 2, usual, usual * 2].map((one) => ({ value: one, word: bytes(one) }))
  return (
    <div className="row between add-wrap">
      <span>
        <span className="b">Size of a file</span> <span className="s dim">a bad one is made anew alone; it cannot be changed later</span>
      </span>
      <Seg label="Size of a file" options={options} value={value} set={(maxFileBytes) => changeAdd({ maxFileBytes })} />
    </div>
  )
}

/** How much: Space Units, bytes and files. */
export function SizeCard(props: {
  readonly draft: AddDraft
  readonly options: InitOptions
  readonly disk: InitDisk
  readonly children: ReactElement | null
}): ReactElement {
  const { draft, options, disk, children } = props
  const least = options.minUnits
  const most = mostUnits(disk, options)
  const units = unitsOf(draft, disk, options)
  const total = units * options.unitBytes
  const fileBytes = draft.maxFileBytes ?? options.maxFileBytes
  const files = Math.ceil(total / fileBytes)
  return (
    <section className="card pad" aria-labelledby="add-size">
      <div className="row between">
        <h2 id="add-size">Size</h2>
        <span>
          <b className="size-figure">
            {units}
            {THIN}SU
          </b>{' '}
          <span className="dim">
            {bytes(total)}, {plural(files, 'file')} of {bytes(Math.min(fileBytes, total))}
          </span>
        </span>
      </div>
      {most < least ? (
        <p className="mid">
          The least that the network takes is {least}
          {THIN}SU, {bytes(least * options.unitBytes)}; {disk.label} has room for {bytes(disk.usableBytes)}. Free some, or take another
          disk.
        </p>
      ) : (
        <>
          <Slider
            isBare
            label="Size in Space Units"
            min={least}
            max={most}
            value={units}
            text={`${units}${THIN}SU, ${bytes(total)}`}
            set={(numUnits) => changeAdd({ numUnits })}
          />
          <div className="row between s dim" aria-hidden="true">
            <span>
              {least}
              {THIN}SU, {bytes(least * options.unitBytes)}
            </span>
            {marksOf(least, most).map((one) => (
              <span key={one}>{one}</span>
            ))}
            <span>
              {most}
              {THIN}SU, {most < disk.mostUnits ? 'the most' : 'all free space'}
            </span>
          </div>
          <Space disk={disk} totalBytes={total} />
          <FileSize usual={options.maxFileBytes} value={fileBytes} />
        </>
      )}
      {children}
    </section>
  )
}
