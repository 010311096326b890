using CsCheck;

namespace Conpot.Pi.Tests.Protocols.Snmp;

internal static class Pick
{
    /// <summary>One of these.</summary>
    public static Gen<T> One<T>(params T[] of) => Gen.Int[0, of.Length - 1].Select(i => of[i]);
}
