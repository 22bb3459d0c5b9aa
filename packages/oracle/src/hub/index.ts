export { type FetchedModel, type FetchModelOptions, type FetchProgress, fetchModel } from './fetch-model.ts';
export { type HubSettings, hubSettings } from './hub-settings.ts';
export { formatModelId, type ModelId, parseModelId } from './model-id.ts';
export type { Want } from './needed-files.ts';
