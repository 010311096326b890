using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Conpot.Pi.Fuzz;

/// <summary>Which branches of the product an execution took, and whether any was new: AFL's map of edges with its eight classes of counts.</summary>
internal static unsafe class Coverage
{
    /// <summary>What SharpFuzz's instrumentation counts modulo.</summary>
    private const int Size = 1 << 16;

    private static readonly byte* Map = (byte*)NativeMemory.AllocZeroed(Size);
    private static readonly byte[] Seen = new byte[Size];

    /// <summary>Edges taken so far, in any execution of this target.</summary>
    public static int Edges { get; private set; }

    /// <summary>Before the first call of an instrumented method: they count through this pointer.</summary>
    public static void Attach() => Trace.SharedMem = Map;

    /// <summary>Another target: what the one before has taken is new again.</summary>
    public static void Forget()
    {
        Array.Clear(Seen);
        Edges = 0;
    }

    public static void Begin()
    {
        NativeMemory.Clear(Map, Size);
        Trace.PrevLocation = 0;
    }

    /// <summary>Takes over what the execution since <see cref="Begin"/> has counted.</summary>
    /// <returns>Whether it went where none went before, or so much more often that it may matter.</returns>
    public static bool Take()
    {
        var isNew = false;
        for (var at = 0; at < Size; at += sizeof(ulong))
        {
            if (*(ulong*)(Map + at) == 0) continue;
            for (var i = at; i < at + sizeof(ulong); i++)
            {
                if (Map[i] == 0) continue;
                var kind = Class(Map[i]);
                if ((Seen[i] & kind) != 0) continue;
                if (Seen[i] == 0) Edges++;
                Seen[i] |= kind;
                isNew = true;
            }
        }
        return isNew;
    }

    /// <summary>1, 2, 3, 4-7, 8-15, 16-31, 32-127 and more: one bit each.</summary>
    private static byte Class(byte count) => count switch
    {
        <= 1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
