/** A physical disk that holds PoS data. */
export interface SimDisk {
  readonly name: string
  readonly mountPoint: string
  state: 'there' | 'gone' | 'hung'
  /** 1 = as usual; 0.3 = three times slower. */
  pace: number
  /** True ms at which `state` began. */
  since: number
}

export const newDisk = (index: number): SimDisk => ({
  name: `disk${index}`,
  mountPoint: `/mnt/disk${index}`,
  state: 'there',
  pace: 1,
  since: 0,
})
