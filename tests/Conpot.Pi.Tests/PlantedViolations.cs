using Conpot.Pi.Plc;

// Violations that LayerTests must find, one way each; nothing uses them.
namespace Conpot.Pi.Config.Planted
{
    internal sealed class Base : IEqualityComparer<Address>
    {
        public bool Equals(Address x, Address y) => true;

        public int GetHashCode(Address obj) => 0;
    }

    internal abstract class Field
    {
        protected readonly ProcessImage? Image;

        protected Field(object image) => Image = System.Runtime.CompilerServices.Unsafe.As<ProcessImage>(image);
    }

    internal abstract class Signature
    {
        public abstract void Take(params ProcessImage[] images);
    }

    internal abstract class GenericArgumentOfAField
    {
        protected Dictionary<string, List<ProcessImage>>? Images { get; set; }
    }

    internal static class Call
    {
        public static int Count() => PlcProfile.Names.Length;
    }

    internal static class Constant
    {
        public const string Name = PlcProfile.Default;

        public static string Get() => Name;
    }

    internal static class GenericArgumentOfACall
    {
        public static object Make() => Array.Empty<ProcessImage>();
    }

    internal static class TypeOf
    {
        public static string Name() => typeof(ProcessImage).Name;
    }

    internal static class Lambda
    {
        public static Func<int> Make(int n) => () => n + PlcProfile.Names.Length;
    }

    internal static class Iterator
    {
        public static IEnumerable<int> Make()
        {
            yield return 1;
            yield return PlcProfile.Names.Length;
        }
    }

    internal static class Local
    {
        public static bool Make(object o) => o is ProcessImage;
    }

    internal static class Caught
    {
        public static int Make()
        {
            try
            {
                return 1;
            }
            catch (Planted<ProcessImage>)
            {
                return 0;
            }
        }

        private sealed class Planted<T> : Exception;
    }

    [System.Diagnostics.DebuggerTypeProxy(typeof(ProcessImage))]
    internal static class Attributed;

    internal static class Innocent
    {
        public static object Make() => new List<ConfigNode>().Concat([]).ToArray();

        public static Func<int> Other() => () => NearestName.Distance("a", "b");
    }
}

namespace Conpot.Pi.Events.Planted
{
    internal static class Upwards
    {
        public static object Make() => new Conpot.Pi.Net.ReplyQueue(1);
    }
}

namespace Conpot.Pi.Protocols.Planted
{
    internal static class Sideways
    {
        public static object Make() => typeof(Conpot.Pi.Protocols.Modbus.ModbusProtocol);
    }

    internal static class ToHosting
    {
        public static object Make() => Conpot.Pi.Hosting.Registry.Protocols;
    }
}
