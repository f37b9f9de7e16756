import type { Advice, OpenClDevice } from '../../../shared/domain/machine.ts'
import { bytes, duration } from '../../../shared/domain/words.ts'
import type { GpuVendor, GraphicsCard, OpenclFacts } from './facts.ts'
import { driverCommands, loaderCommands } from './packages.ts'
import type { RawPlatform, RegisteredDriver } from './protocol.ts'

type Severity = Advice['severity']

const CPU_REMAINS = 'Proving needs no graphics card. PoS data can be made with the processor, which is many times slower.'
const CPU_IS_LEFT = 'PoS data can be made with the processor only, which is many times slower.'
const BRAND: Readonly<Record<GpuVendor, string>> = { nvidia: 'NVIDIA', amd: 'AMD', intel: 'Intel', other: 'an unknown maker' }

const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
const withCommands = (commands: readonly string[]): Pick<Advice, 'commands'> => (commands.length === 0 ? {} : { commands })
const hasCpu = (devices: readonly OpenClDevice[]): boolean => devices.some(({ kind }) => kind === 'cpu')
const again = { action: 'look-again' } as const

/** What is registered, for a user who must find the one that is broken. */
function candidates({ registered, platform }: OpenclFacts): string {
  if (platform !== 'linux') return ''
  const names = registered.map(({ file, library }) => `${library === '' ? '?' : library} (${file})`)
  return names.length === 0 ? '' : ` Registered: ${listed(names)}.`
}

const howToMend = (facts: OpenclFacts): string =>
  facts.platform === 'win32'
    ? 'Update the graphics driver from the maker of the card, restart the computer, then look again.'
    : facts.platform === 'darwin'
      ? 'Restart the computer, install pending updates of macOS, then look again.'
      : 'Update or remove that driver, or take its file out of /etc/OpenCL/vendors, then look again.'

export const adviseHang = (place: string, afterMs: number, facts: OpenclFacts): Advice => ({
  key: 'opencl/hung',
  severity: 'warn',
  title: `${place} did not answer within ${duration(afterMs)}.`,
  text: `postcli asks the same driver and would wait for it as well, so no PoS data can be made with a graphics card.${candidates(facts)} If the computer was very busy, look again when it is not. ${howToMend(facts)}`,
  ...again,
})

export const adviseCrash = (place: string, how: string, facts: OpenclFacts): Advice => ({
  key: 'opencl/crashed',
  severity: 'warn',
  title: `${place} fails when it is asked: ${how}.`,
  text: `postcli loads the same driver and would fail as well, so no PoS data can be made with a graphics card.${candidates(facts)} ${howToMend(facts)}`,
  ...again,
})

/** On Linux the node and postcli are linked against the loader: without it they do not start at all. */
export function adviseNoLoader(said: string, { platform, distribution }: OpenclFacts): Advice {
  const isAbsent = said === '' || /cannot open shared object|no such file|not found|could not be found/i.test(said)
  if (platform === 'linux')
    return {
      key: isAbsent ? 'opencl/no-loader' : 'opencl/broken-loader',
      severity: 'bad',
      title: isAbsent ? 'The OpenCL loader libOpenCL.so.1 is not installed.' : 'The OpenCL loader libOpenCL.so.1 cannot be loaded.',
      text: `go-spacemesh and postcli need it even where no graphics card is used and do not start without it.${isAbsent ? '' : ` The system says: ${said}.`} Install it${isAbsent ? '' : ' anew'}, then look again.`,
      ...withCommands(loaderCommands(distribution)),
      ...again,
    }
  const fix =
    platform === 'darwin'
      ? 'It is a part of macOS: install pending updates of macOS, then look again.'
      : 'Install the graphics driver from the maker of the card (the one that Windows brings may lack OpenCL), then look again.'
  return {
    key: isAbsent ? 'opencl/no-loader' : 'opencl/broken-loader',
    severity: 'warn',
    title: `${platform === 'win32' ? 'OpenCL.dll' : 'OpenCL'} ${isAbsent ? 'is not on this computer' : 'cannot be loaded'}.`,
    text: `postcli cannot use a graphics card without it${platform === 'win32' ? ' and may not start' : ''}.${isAbsent ? '' : ` The system says: ${said}.`} ${fix}`,
    ...again,
  }
}

export function adviseClosed({ closed, deviceFiles }: OpenclFacts, severity: Severity): Advice {
  const files = listed(closed.map(({ path }) => path))
  const groups = [...new Set(closed.flatMap(({ group }) => (group === undefined || group === 'root' ? [] : [group])))]
  const isWaiting = groups.length > 0 && closed.every(({ isMember }) => isMember)
  const cost = closed.length < deviceFiles.length ? 'That card stays unused.' : CPU_IS_LEFT
  const fix = isWaiting
    ? `You are in the group ${listed(groups)} already, but this session began before that. Log out and in again (or restart the computer).`
    : groups.length > 0
      ? `Join the group ${listed(groups)}, then log out and in again.`
      : 'The file belongs to no group that you could join: check the rules of udev, or in a container how the device was passed in.'
  return {
    key: 'opencl/no-permission',
    severity,
    title: `You may not open ${files}.`,
    text: `The driver reaches the graphics card through ${closed.length === 1 ? 'this file' : 'these files'}. ${cost} ${fix}`,
    ...withCommands(isWaiting || groups.length === 0 ? [] : [`sudo usermod -aG ${groups.join(',')} "$USER"`]),
    ...again,
  }
}

export function adviseBroken(driver: RegisteredDriver, { registered, distribution, cards }: OpenclFacts, severity: Severity): Advice {
  const { file, library, problem = '' } = driver
  const isOnly = registered.length <= 1
  return {
    key: 'opencl/broken-driver',
    severity,
    title: library === '' ? `${file} names no driver.` : `The OpenCL driver ${library} cannot be loaded.`,
    text: `${library === '' ? '' : `It is registered in ${file}. `}The system says: ${problem}. ${isOnly ? CPU_IS_LEFT : 'Its devices are missing; the other drivers work.'} Install the driver anew; if it was removed on purpose, remove the file.`,
    ...withCommands(
      driverCommands(
        distribution,
        cards.map(({ vendor }) => vendor),
      ),
    ),
    about: file,
    ...again,
  }
}

export const adviseRemote = (devices: readonly OpenClDevice[]): Advice => ({
  key: 'opencl/remote-desktop',
  severity: 'warn',
  title: 'This is a remote desktop session, and no graphics card is seen in it.',
  text: `Windows may hide graphics cards from such a session${hasCpu(devices) ? '; the processor is seen' : ''}. Log in at the computer itself or by another remote program, then look again. If none is seen there either, install the graphics driver from the maker of the card.`,
  ...again,
})

export const adviseNoCard = (devices: readonly OpenClDevice[]): Advice => ({
  key: hasCpu(devices) ? 'opencl/only-cpu' : 'opencl/no-card',
  severity: 'info',
  title: hasCpu(devices) ? 'OpenCL works here, but only on the processor.' : 'This computer has no graphics card that OpenCL could use.',
  text: `${CPU_REMAINS} To save time, make the data on a computer with a graphics card and bring it here.`,
})

export function adviseNoDeviceFile(cards: readonly GraphicsCard[], { isContainer, distribution }: OpenclFacts): Advice {
  const makers = listed([...new Set(cards.map(({ vendor }) => BRAND[vendor]))])
  const fix = isContainer
    ? 'This is a container: pass the card’s device files into it, then look again.'
    : 'Install its driver and restart the computer.'
  return {
    key: 'opencl/no-device-file',
    severity: 'warn',
    title: `There is a graphics card of ${makers}, but no device file for it.`,
    text: `Without one no driver reaches the card. ${CPU_IS_LEFT} ${fix}`,
    ...withCommands(
      isContainer
        ? []
        : driverCommands(
            distribution,
            cards.map(({ vendor }) => vendor),
          ),
    ),
    ...again,
  }
}

/** Kernel drivers that draw, and that no OpenCL driver of the maker works with. */
const DRAWS_ONLY: ReadonlySet<string | undefined> = new Set(['nouveau', 'simple-framebuffer', 'vfio-pci'])

export function adviseNoDriver(platforms: readonly RawPlatform[], devices: readonly OpenClDevice[], facts: OpenclFacts): Advice {
  const { cards, distribution, platform } = facts
  const vendors = cards.map(({ vendor }) => vendor)
  const blocker = cards.find(({ kernelDriver }) => DRAWS_ONLY.has(kernelDriver))?.kernelDriver
  const fix =
    platform === 'linux'
      ? `Install the OpenCL driver for ${listed([...new Set(vendors.map((vendor) => BRAND[vendor]))])}, then look again.${blocker === undefined ? '' : ` The kernel runs the card with ${blocker}, which OpenCL cannot use; restart after the installation.`}`
      : platform === 'darwin'
        ? 'Restart the computer; in a virtual machine macOS has no graphics card for OpenCL.'
        : 'Install the graphics driver from the maker of the card, then look again.'
  const has = hasCpu(devices) ? 'only-cpu' : platforms.length > 0 ? 'no-device' : 'no-driver'
  const title = {
    'only-cpu': 'OpenCL sees the processor, but no graphics card.',
    'no-device': `OpenCL has ${platforms.length === 1 ? 'a driver' : 'drivers'}, but no device.`,
    'no-driver': 'OpenCL is installed, but no driver for it.',
  }[has]
  return {
    key: `opencl/${has}`,
    severity: 'warn',
    title,
    text: `${CPU_IS_LEFT} ${fix}`,
    ...withCommands(driverCommands(distribution, vendors)),
    ...again,
  }
}

/** postcli asks for GPUs and takes what it is given. */
export const adviseDisguised = ({ name, platform, provider }: OpenClDevice): Advice => ({
  key: 'opencl/cpu-as-gpu',
  severity: 'warn',
  title: `${name} calls itself a GPU, but it is the processor.`,
  text: `postcli lists it as provider ${provider ?? '?'} of ${platform}. Nothing is gained by it: choose a real graphics card, or the processor by its own number 4294967295.`,
  about: name,
})

export const adviseDoubtfulMemory = ({ name, memoryBytes, kind }: OpenClDevice): Advice => ({
  key: 'opencl/memory',
  severity: kind === 'gpu' ? 'warn' : 'info',
  title: `${name} says that it has ${bytes(memoryBytes)} of memory, which cannot be.`,
  text: 'postcli plans its work by this figure and may fail at the start. Make some labels with it first; if they fail, update the graphics driver.',
  about: name,
})
