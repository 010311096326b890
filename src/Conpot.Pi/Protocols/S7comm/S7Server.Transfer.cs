using System.Buffers.Binary;
using System.Globalization;
using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>Upload (1d, 1e, 1f) and download (1a; then the device's own jobs 1b and 1c).</content>
internal sealed partial class S7Server
{
    /// <summary>Function, status, two bytes, an id (4): in front of a file name, or all there is.</summary>
    private const int TransferHeader = 8;

    /// <summary>Status of a part: others follow.</summary>
    private const byte MoreFollow = 1;

    /// <summary>In front of a part's bytes: their number (2) and 00 FB.</summary>
    private const int PartHeader = 4;

    private void Transfer(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = pdu.Function >= S7Function.StartUpload ? S7commEvents.Upload : S7commEvents.Download;
        if (pdu.Parameter.Length < TransferHeader)
        {
            Malformed(in pdu, ref frames, ref exchange);
            return;
        }
        switch (pdu.Function)
        {
            case S7Function.RequestDownload:
                exchange.Operation = "request download"u8;
                BeginDownload(in pdu, link, ref frames, ref exchange);
                break;
            case S7Function.StartUpload:
                exchange.Operation = "start upload"u8;
                BeginUpload(in pdu, link, ref frames, ref exchange);
                break;
            case S7Function.Upload or S7Function.EndUpload:
                exchange.Operation = pdu.Function == S7Function.Upload ? "upload"u8 : "end upload"u8;
                var id = BinaryPrimitives.ReadUInt32BigEndian(pdu.Parameter[4..]);
                if (link.Transfers.Upload(id) is not { } upload)
                {
                    Refuse(in pdu, S7Error.Coordination, ref frames, ref exchange);
                    break;
                }
                exchange.Block = upload.Name;
                if (pdu.Function == S7Function.Upload)
                {
                    SendPart(in pdu, link, upload, ref frames);
                    break;
                }
                link.Transfers.End(upload);
                Done(in pdu, ref frames);
                break;
            default: // 1b and 1c are the device's to ask
                exchange.Operation = "download from the device"u8;
                Refuse(in pdu, S7Error.NotAvailable, ref frames, ref exchange);
                break;
        }
    }

    private void BeginUpload(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        if (!TakeFile(in pdu, ref exchange, out _, out var fileSystem, out _))
        {
            Refuse(in pdu, S7Error.BlockName, ref frames, ref exchange);
            return;
        }
        var name = exchange.Block!.Value;
        var found = fileSystem == 'P' ? memories.Blocks.TryFindPassive(name, out var block) : memories.Blocks.TryFind(name, out block);
        if (!found || block!.IsFirmware)
        {
            Refuse(in pdu, S7Error.NoSuchUpload, ref frames, ref exchange);
            return;
        }
        var upload = link.Transfers.BeginUpload(name, WithValues(block));
        var parameter = frames.Pdu[S7Pdu.AckHeader..];
        ReadOnlySpan<byte> front = [S7Function.StartUpload, 0, 1, 0];
        front.CopyTo(parameter);
        BinaryPrimitives.WriteUInt32BigEndian(parameter[4..], upload.Id);
        parameter[TransferHeader] = 7; // digits
        upload.Rest.Length.TryFormat(parameter[(TransferHeader + 1)..], out _, "D7", CultureInfo.InvariantCulture);
        frames.Send(S7Pdu.Complete(frames.Pdu, S7Pdu.AckData, pdu.Reference, TransferHeader + 8, 0));
    }

    /// <summary>A data block with the values of this moment; others as they are.</summary>
    private ReadOnlyMemory<byte> WithValues(S7Block block)
    {
        const byte dataBlock = 0x84;
        if (block.Name.Type != S7BlockType.DB || !settings.Memory.TryLocate(dataBlock, block.Name.Number, 0, out var place, out var at)) return block.Bytes;
        var bytes = block.Bytes.ToArray();
        var length = Math.Min(block.CodeLength, bytes.Length - S7Block.HeaderLength);
        if (length > 0 && settings.Memory.Fits(place, block.Name.Number, dataBlock, at, length)) _image.Read(place, at, bytes.AsSpan(S7Block.HeaderLength, length));
        return bytes;
    }

    private static void SendPart(in S7Pdu pdu, S7Link link, S7Upload upload, ref S7Frames frames)
    {
        const int parameterLength = 2;
        var answer = frames.Pdu;
        var length = Math.Min(upload.Rest.Length, link.Pdu - S7Pdu.AckHeader - parameterLength - PartHeader);
        var data = answer[(S7Pdu.AckHeader + parameterLength)..];
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)length);
        (data[2], data[3]) = (0, 0xFB);
        upload.Rest.Span[..length].CopyTo(data[PartHeader..]);
        upload.Rest = upload.Rest[length..];
        answer[S7Pdu.AckHeader] = S7Function.Upload;
        answer[S7Pdu.AckHeader + 1] = upload.Rest.IsEmpty ? (byte)0 : MoreFollow;
        frames.Send(S7Pdu.Complete(answer, S7Pdu.AckData, pdu.Reference, parameterLength, PartHeader + length));
    }

    /// <summary>Behind the file name: the number of digits that follow, '1', bytes in load memory (6 digits), bytes of code (6 digits).</summary>
    private void BeginDownload(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        if (!TakeFile(in pdu, ref exchange, out var file, out var fileSystem, out var rest))
        {
            Refuse(in pdu, S7Error.BlockName, ref frames, ref exchange);
            return;
        }
        const int lengths = 13;
        if (rest.Length < 1 + lengths || rest[0] != lengths || !int.TryParse(rest.Slice(2, 6), NumberStyles.None, CultureInfo.InvariantCulture, out var announced))
        {
            Refuse(in pdu, S7Error.FunctionParameter, ref frames, ref exchange);
            return;
        }
        exchange.Note = string.Create(CultureInfo.InvariantCulture, $"{announced} bytes announced");
        if (Forbidden(in pdu, link, ref frames, ref exchange)) return;
        if (exchange.Block!.Value.Type is S7BlockType.SFC or S7BlockType.SFB)
        {
            Refuse(in pdu, S7Error.BlockName, ref frames, ref exchange); // the firmware's own, which nobody replaces [G]
            return;
        }
        if (announced > settings.DownloadSize)
        {
            Refuse(in pdu, S7Error.NoMemory, ref frames, ref exchange);
            return;
        }
        Done(in pdu, ref frames);
        if (link.Transfers.Download is { Length: > 0 } before) KeepPart(before, $"{exchange.Note}; before it", ref exchange);
        link.Transfers.Download = new S7Download(exchange.Block!.Value, fileSystem, file.ToArray(), announced);
        Ask(link, link.Transfers.Download, S7Function.DownloadBlock, 0, ref frames);
    }

    /// <summary>The client's answer to a job of the device's own: in a download the device asks for each part.</summary>
    private void Acknowledged(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        if (link.Transfers.Download is not { } download || download.Asked.Reference != pdu.Reference || (pdu.Error == 0 && pdu.Function != download.Asked.Function))
        {
            exchange.Kind = S7commEvents.Unknown;
            exchange.Unanswered = "answers nothing that was asked";
            return;
        }
        exchange.Kind = S7commEvents.Download;
        exchange.Block = download.Name;
        if (pdu.Error != 0)
        {
            link.Transfers.Download = null;
            exchange.Operation = "download given up"u8;
            exchange.Error = pdu.Error;
            exchange.Unanswered = "the client reports an error";
            KeepPart(download, "the client reports an error", ref exchange);
            return;
        }
        if (pdu.Function == S7Function.DownloadEnded)
        {
            link.Transfers.Download = null;
            exchange.Operation = "download ended"u8;
            Whole(download, ref exchange);
            return;
        }
        exchange.Operation = "download block"u8;
        var data = pdu.Data;
        var length = data.Length < PartHeader ? -1 : BinaryPrimitives.ReadUInt16BigEndian(data);
        if (length < 0 || length > data.Length - PartHeader)
        {
            link.Transfers.Download = null;
            KeepPart(download, "a part without its bytes; the download is over", ref exchange);
            exchange.Fail(S7Error.WrongSize);
            Ask(link, download, S7Function.DownloadEnded, S7Error.WrongSize, ref frames);
            return;
        }
        if (!download.TryAdd(data.Slice(PartHeader, length), settings.DownloadSize))
        {
            link.Transfers.Download = null;
            KeepPart(download, "more than was announced or fits; the download is over", ref exchange);
            exchange.Fail(S7Error.NoMemory);
            Ask(link, download, S7Function.DownloadEnded, S7Error.NoMemory, ref frames);
            return;
        }
        var more = pdu.Parameter.Length > 1 && (pdu.Parameter[1] & MoreFollow) != 0;
        Ask(link, download, more ? S7Function.DownloadBlock : S7Function.DownloadEnded, 0, ref frames);
    }

    /// <summary>A job of the device's own: function, status, two bytes (an error at the end), id (4), and the file's name again.</summary>
    private static void Ask(S7Link link, S7Download download, byte function, ushort error, ref S7Frames frames)
    {
        download.Asked = (link.Transfers.NextJob(), function);
        var parameter = frames.Pdu[S7Pdu.Header..];
        parameter[..TransferHeader].Clear();
        parameter[0] = function;
        BinaryPrimitives.WriteUInt16BigEndian(parameter[2..], error);
        parameter[TransferHeader] = (byte)download.File.Length;
        download.File.CopyTo(parameter[(TransferHeader + 1)..]);
        frames.Send(S7Pdu.Complete(frames.Pdu, S7Pdu.Job, download.Asked.Reference, TransferHeader + 1 + download.File.Length, 0));
    }

    /// <summary>All parts are here: kept as evidence, and listed like any other block.</summary>
    private void Whole(S7Download download, ref S7Exchange exchange)
    {
        var bytes = download.Bytes.ToArray();
        exchange.Note = Keep(bytes, whole: true, ref exchange);
        var block = new S7Block(download.Name, bytes);
        if (!memories.Blocks.TryAdd(block)) exchange.Note ??= "not listed: as many blocks as are kept in memory have come";
        else if (download.FileSystem != 'P') memories.Blocks.TryLink(download.Name);
    }

    /// <summary>A download that does not come to its end: what came is evidence as well, and no block.</summary>
    private void KeepPart(S7Download download, string why, ref S7Exchange exchange)
    {
        exchange.Block ??= download.Name;
        exchange.Note = why;
        if (download.Length == 0) return;
        var problem = Keep(download.Bytes.ToArray(), whole: false, ref exchange);
        exchange.Note = string.Create(CultureInfo.InvariantCulture, $"{why}; {download.Length} of {download.Announced} bytes of {download.Name} came{(problem is null ? "" : $"; {problem}")}");
    }

    /// <summary>The connection has ended: what came of a download is kept, and that it was begun is told.</summary>
    /// <returns>Whether one was under way.</returns>
    public bool EndDownload(S7Link link, ref S7Exchange exchange)
    {
        if (link.Transfers.Download is not { } download) return false;
        exchange.Kind = S7commEvents.Download;
        exchange.Operation = "download given up"u8;
        link.Transfers.Download = null;
        KeepPart(download, "the connection ended", ref exchange);
        return true;
    }

    /// <returns>Null, or why no file keeps it.</returns>
    private string? Keep(byte[] bytes, bool whole, ref S7Exchange exchange)
    {
        Span<byte> hash = stackalloc byte[Sha256.Size];
        Sha256.Hash(bytes, hash);
        var text = Convert.ToHexStringLower(hash);
        exchange.Sha256 = text;
        exchange.Bytes = bytes.Length;
        var problem = memories.Downloads.Keep(text, bytes, whole);
        if (problem is null) exchange.File = memories.Downloads.PathOf(text, whole);
        return problem;
    }

    private static bool TakeFile(in S7Pdu pdu, ref S7Exchange exchange, out ReadOnlySpan<byte> file, out byte fileSystem, out ReadOnlySpan<byte> rest)
    {
        file = rest = default;
        fileSystem = 0;
        var tail = pdu.Parameter[TransferHeader..];
        if (tail.IsEmpty || tail.Length < 1 + tail[0]) return false;
        var text = tail.Slice(1, tail[0]);
        exchange.Said = text;
        file = text;
        rest = tail[(1 + text.Length)..];
        if (!S7BlockName.TryReadFile(text, out var name, out fileSystem)) return false;
        exchange.Block = name;
        return true;
    }
}
