using System.Buffers.Binary;
using Conpot.Pi.Events;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>PLC control (function 28) and PLC stop (29).</content>
internal sealed partial class S7Server
{
    /// <summary>Behind the function: seven bytes (the last is FD), the argument with its length (2), the service's name with its length (1).</summary>
    private const int ControlHeader = 10;

    /// <summary>Second byte of a refusal: why. 02 and 07 as an S7-300 answered an insert and a STOP (dark-lbp/isf, test_s7comm.py); 03 is what snap7's client takes for "already in RUN".</summary>
    private const byte NotDone = 2, AlreadyInRun = 3, AlreadyInStop = 7;

    /// <summary>Reaction times over the usual latency of 4 ms: STOP 8 ms, start 100 ms, RAM to ROM 43 ms (WIRE 3.6).</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromMilliseconds(4), StartTime = TimeSpan.FromMilliseconds(96), CopyTime = TimeSpan.FromMilliseconds(39);

    private void Control(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Control;
        if (!TryReadControl(pdu.Parameter, out var service, out var argument))
        {
            Malformed(in pdu, ref frames, ref exchange);
            return;
        }
        exchange.Said = service;
        var stop = pdu.Function == S7Function.PlcStop;
        if (stop || service.SequenceEqual("P_PROGRAM"u8))
        {
            exchange.Kind = stop ? S7commEvents.Stop : S7commEvents.Start;
            exchange.Operation = stop ? "PLC stop"u8 : argument.StartsWith("C"u8) ? "cold start"u8 : "warm start"u8;
            if (Forbidden(in pdu, link, ref frames, ref exchange)) return;
            ChangeMode(in pdu, stop, ref frames, ref exchange);
            return;
        }
        if (service.SequenceEqual("_INSE"u8) || service.SequenceEqual("_DELE"u8))
        {
            ChangeBlocks(in pdu, link, service[1] == 'I', argument, ref frames, ref exchange);
            return;
        }
        var copy = service.SequenceEqual("_MODU"u8);
        exchange.Operation = copy ? "copy RAM to ROM"u8 : service.SequenceEqual("_GARB"u8) ? "compress memory"u8 : "unknown service"u8;
        if (!copy && !service.SequenceEqual("_GARB"u8))
        {
            RefuseControl(in pdu, S7Error.NotAvailable, NotDone, ref frames, ref exchange);
            return;
        }
        if (Forbidden(in pdu, link, ref frames, ref exchange)) return;
        if (copy) exchange.Delay = CopyTime;
        Done(in pdu, ref frames);
    }

    private void ChangeMode(in S7Pdu pdu, bool stop, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Delay = stop ? StopTime : StartTime;
        switch (stop ? cpu.Stop(ModeReason.Network) : cpu.Start(ModeReason.Network))
        {
            case ModeAnswer.Done:
                if (stop) memories.Return.Stopped(settings.ReturnToRun);
                else memories.Return.Started();
                Done(in pdu, ref frames);
                break;
            case ModeAnswer.AlreadyThere:
                exchange.Note = stop ? "was in STOP" : "was in RUN";
                exchange.Delay = TimeSpan.Zero;
                RefuseControl(in pdu, S7Error.WrongStatus, stop ? AlreadyInStop : AlreadyInRun, ref frames, ref exchange);
                break;
            default:
                exchange.Delay = TimeSpan.Zero;
                RefuseControl(in pdu, S7Error.WrongMode, NotDone, ref frames, ref exchange);
                break;
        }
    }

    /// <summary>The argument: how many blocks, 0, and their names.</summary>
    private void ChangeBlocks(in S7Pdu pdu, S7Link link, bool insert, ReadOnlySpan<byte> argument, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Operation = insert ? "insert block"u8 : "delete block"u8;
        if (argument.Length < 2 || argument[0] == 0 || argument.Length != 2 + argument[0] * S7BlockName.Length)
        {
            RefuseControl(in pdu, S7Error.FunctionParameter, NotDone, ref frames, ref exchange);
            return;
        }
        exchange.Items = argument[0];
        if (Forbidden(in pdu, link, ref frames, ref exchange)) return;
        var error = (ushort)0;
        for (var names = argument[2..]; !names.IsEmpty; names = names[S7BlockName.Length..])
        {
            if (!S7BlockName.TryRead(names[..S7BlockName.Length], out var name, out _))
            {
                error = S7Error.BlockName;
                break;
            }
            exchange.Block ??= name;
            // Inserting what is linked already is no mistake: STEP 7 does so with block after block.
            var done = insert ? memories.Blocks.TryLink(name) || memories.Blocks.TryFind(name, out _) : memories.Blocks.TryRemove(name);
            if (!done && error == 0) error = S7Error.NoSuchBlock;
        }
        if (error != 0) RefuseControl(in pdu, error, NotDone, ref frames, ref exchange);
        else Done(in pdu, ref frames);
    }

    /// <summary>Whether the protection of [s7comm] control stands against it, and no password has lifted it; then it has been answered.</summary>
    private bool Forbidden(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        if (settings.ControlAllowed || link.Legitimised) return false;
        if (pdu.Function is S7Function.PlcControl or S7Function.PlcStop) RefuseControl(in pdu, S7Error.Protected, NotDone, ref frames, ref exchange);
        else Refuse(in pdu, S7Error.Protected, ref frames, ref exchange);
        return true;
    }

    /// <summary>Unlike other jobs these are refused with their function and a reason behind the error.</summary>
    private static void RefuseControl(in S7Pdu pdu, ushort error, byte reason, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Fail(error);
        (frames.Pdu[S7Pdu.AckHeader], frames.Pdu[S7Pdu.AckHeader + 1]) = (pdu.Function, reason);
        frames.Send(S7Pdu.Complete(frames.Pdu, S7Pdu.AckData, pdu.Reference, 2, 0, error));
    }

    /// <summary>The function alone: done (WIRE 3.4).</summary>
    private static void Done(in S7Pdu pdu, ref S7Frames frames)
    {
        frames.Pdu[S7Pdu.AckHeader] = pdu.Function;
        frames.Send(S7Pdu.Complete(frames.Pdu, S7Pdu.AckData, pdu.Reference, 1, 0));
    }

    private static bool TryReadControl(ReadOnlySpan<byte> parameter, out ReadOnlySpan<byte> service, out ReadOnlySpan<byte> argument)
    {
        service = argument = default;
        var rest = parameter;
        if (parameter[0] == S7Function.PlcControl)
        {
            if (parameter.Length < ControlHeader) return false;
            var length = BinaryPrimitives.ReadUInt16BigEndian(parameter[8..]);
            rest = parameter[ControlHeader..];
            if (rest.Length < length) return false;
            argument = rest[..length];
            rest = rest[length..];
        }
        else
        {
            const int stopHeader = 6; // function, five zeros
            if (parameter.Length < stopHeader) return false;
            rest = parameter[stopHeader..];
        }
        if (rest.IsEmpty || rest.Length != 1 + rest[0]) return false;
        service = rest[1..];
        return true;
    }
}
