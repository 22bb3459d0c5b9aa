import {
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
} from '@modelcontextprotocol/server';
import { TilewrightError } from '@tilewright/spec';

/** Reads a resource: null is what is not there, and what cannot be named is told as the protocol tells it. */
export async function resourceText(
  uri: URL,
  mimeType: string,
  read: () => Promise<string | null>,
): Promise<ReadResourceResult> {
  let text: string | null;
  try {
    text = await read();
  } catch (error) {
    if (!TilewrightError.isInstance(error)) throw error;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${error.message} ${error.remedy}`, { uri: uri.href });
  }
  if (text === null) throw new ResourceNotFoundError(uri.href);
  return { contents: [{ uri: uri.href, mimeType, text }] };
}
