import type { Distribution, GpuVendor } from './facts.ts'

/** The loader, `libOpenCL.so.1`; two families install by the name of the file itself. */
const LOADER: Readonly<Record<Distribution, readonly string[]>> = {
  debian: ['sudo apt install ocl-icd-libopencl1'],
  ubuntu: ['sudo apt install ocl-icd-libopencl1'],
  fedora: ["sudo dnf install 'libOpenCL.so.1()(64bit)'"],
  arch: ['sudo pacman -S ocl-icd'],
  suse: ["sudo zypper install 'libOpenCL.so.1()(64bit)'"],
  other: [],
}

const DRIVER: Readonly<Record<Distribution, Readonly<Record<Exclude<GpuVendor, 'other'>, readonly string[]>>>> = {
  debian: {
    nvidia: ['sudo apt install nvidia-driver nvidia-opencl-icd'],
    amd: ['sudo apt install mesa-opencl-icd'],
    intel: ['sudo apt install intel-opencl-icd'],
  },
  ubuntu: {
    nvidia: ['sudo ubuntu-drivers install'],
    amd: ['sudo apt install mesa-opencl-icd'],
    intel: ['sudo apt install intel-opencl-icd'],
  },
  fedora: {
    nvidia: ['sudo dnf install akmod-nvidia xorg-x11-drv-nvidia-cuda'],
    amd: ['sudo dnf install rocm-opencl'],
    intel: ['sudo dnf install intel-compute-runtime'],
  },
  arch: {
    nvidia: ['sudo pacman -S opencl-nvidia'],
    amd: ['sudo pacman -S rocm-opencl-runtime'],
    intel: ['sudo pacman -S intel-compute-runtime'],
  },
  suse: { nvidia: [], amd: ['sudo zypper install Mesa-libOpenCL'], intel: ['sudo zypper install intel-opencl'] },
  other: { nvidia: [], amd: [], intel: [] },
}

export const loaderCommands = (distribution: Distribution): readonly string[] => LOADER[distribution]

export const driverCommands = (distribution: Distribution, vendors: readonly GpuVendor[]): readonly string[] =>
  [...new Set(vendors)].flatMap((vendor) => (vendor === 'other' ? [] : DRIVER[distribution][vendor]))
