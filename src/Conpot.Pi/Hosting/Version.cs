using System.Reflection;

namespace Conpot.Pi.Hosting;

/// <summary>The version this binary was built as.</summary>
internal static class Version
{
    public static string Text { get; } = typeof(Version).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
