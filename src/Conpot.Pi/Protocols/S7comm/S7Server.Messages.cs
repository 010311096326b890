using System.Buffers.Binary;
using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>The message service: who wants to hear of the operating mode, of diagnostics and of alarms, and what he is told.</content>
/// <remarks>Forms: packet-s7comm.c; the confirmation as a real CPU gave it (dark-lbp/isf, test_s7comm.py). That the sequence byte of what comes unasked is that of the last counted answer, 00 before the first, is [G].</remarks>
internal sealed partial class S7Server
{
    /// <summary>Group of a change of mode; its subfunction is the mode: STOP, warm restart, RUN.</summary>
    private const byte ModeTransition = 0, ToStop = 0, ToRestart = 1, ToRun = 2;

    /// <summary>Subfunctions of the group "CPU".</summary>
    private const byte Messages = 2, DiagnosticMessage = 3;

    /// <summary>The sequence byte of a confirmation (the same capture); all other answers have their count there.</summary>
    private const byte Uncounted = 0xFF;

    /// <summary>How often the diagnostic buffer is looked at for those who want to hear of it.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>What is wanted, 0, a name of eight characters; of alarms their type (09 to be told of ALARM_S) and 0.</summary>
    private void MessageService(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        const int name = 2, alarmType = name + 8;
        exchange.Operation = "message service"u8;
        var data = asked.Data;
        if (data.Length < name)
        {
            exchange.Kind = S7commEvents.Malformed;
            Fail(in pdu, in asked, S7Error.WrongSize, link, ref frames, ref exchange);
            return;
        }
        exchange.Kind = S7commEvents.Subscribe;
        var events = data[0];
        string[] wanted =
        [
            .. (string[])((events & S7Messages.ModeChanges) != 0 ? ["mode changes"] : []), .. (string[])((events & S7Messages.Diagnostics) != 0 ? ["diagnostics"] : []),
            .. (string[])((events & S7Messages.Alarms) != 0 ? ["alarms"] : []),
        ];
        exchange.Note = wanted.Length == 0 ? "nothing" : string.Join(", ", wanted);
        exchange.Said = data[name..Math.Min(data.Length, alarmType)].TrimEnd((byte)' ').TrimEnd((byte)0).ToArray();
        link.Messages.Want(events, station.Diagnosis.Written, station.Time.GetTimestamp());
        ReadOnlySpan<byte> done = [2, 0, data.Length > alarmType ? data[alarmType] : (byte)0, 0, 0];
        SendPart(in pdu, in asked, (events & S7Messages.Alarms) != 0 && data.Length > alarmType ? done : done[..2], 0, false, Uncounted, ref frames);
    }

    /// <summary>Tells of the oldest entry in the diagnostic buffer that the client has not heard of.</summary>
    /// <returns>Whether it is to be recorded.</returns>
    private bool PushMessage(S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        Span<byte> entry = stackalloc byte[DiagnosticBuffer.EntryLength];
        var seen = link.Messages.Seen;
        if (!station.Diagnosis.TryReadAfter(ref seen, entry))
        {
            link.Messages.Due = station.Time.GetTimestamp() + (long)(LookEvery.TotalSeconds * station.Time.TimestampFrequency);
            return false;
        }
        link.Messages.Seen = seen;
        exchange.Kind = S7commEvents.Subscribe;
        exchange.Operation = "message sent"u8;
        var id = BinaryPrimitives.ReadUInt16BigEndian(entry);
        if ((link.Messages.Wanted & S7Messages.Diagnostics) != 0 && Room(link) >= entry.Length)
        {
            WriteParameter(frames.Pdu[S7Pdu.Header..], Unasked | S7Userdata.Cpu, DiagnosticMessage, link.Sequence, 0, false, 0);
            SendData(0, entry, ref frames);
        }
        if ((link.Messages.Wanted & S7Messages.ModeChanges) != 0 && ModeOf(id) is { } mode)
        {
            WriteParameter(frames.Pdu[S7Pdu.Header..], Unasked | ModeTransition, mode, link.Sequence, 0, false, 0);
            SendNoData(0, ref frames);
        }
        return frames.Length > 0;
    }

    private static byte? ModeOf(ushort id) => id switch
    {
        DiagnosticBuffer.StopByRequest or DiagnosticBuffer.StopBySwitch or DiagnosticBuffer.StopByFault => ToStop,
        DiagnosticBuffer.ToStartUp => ToRestart,
        DiagnosticBuffer.ToRun => ToRun,
        _ => null,
    };
}
