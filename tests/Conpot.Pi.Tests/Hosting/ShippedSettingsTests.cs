using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Conpot.Pi.Plc;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>The settings file that package and image ship (image/conpot-pi.toml): works as it is, works with every line switched on, and has every setting that the code reads.</summary>
public sealed partial class ShippedSettingsTests : IDisposable
{
    private static readonly string Shipped = File.ReadAllText(Repository.File("image", "conpot-pi.toml"));

    private readonly TempDirectory _directory = new();

    public static TheoryData<string> Profiles => [.. PlcProfile.Names];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void As_shipped_it_says_nothing_but_the_defaults(string lineEnd)
    {
        Assert.Equal([], Mistakes(Shipped.Replace("\n", lineEnd)));
        Assert.DoesNotMatch(@"(?m)^[^#\[\s]", Shipped);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Every_setting_in_it_is_one(string lineEnd) => Assert.Equal([], Mistakes(SwitchedOn("s7-200").Replace("\n", lineEnd)));

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Every_setting_that_is_read_stands_in_it(string profile)
    {
        ConfigTable? root = null;
        Assert.Equal([], Mistakes(SwitchedOn(profile) + "\n[spy]\nfrom = \"now\"\n", section => root = Tables(section)));
        Assert.Equal("", string.Join(", ", Missing(root!).Where(path => !Alternatives.Contains(path[(path.LastIndexOf('.') + 1)..])).Distinct()));
    }

    [Fact]
    public void Each_is_explained_by_a_heading_of_its_section_or_lines_of_its_own() =>
        Assert.All(Shipped.Split("\n\n").Where(part => part.Contains('=')), part => Assert.Matches(@"(?m)^(# |\[|#\[)", part));

    /// <summary>"or password = ...": the other form of a setting, which cannot stand beside it.</summary>
    private static HashSet<string> Alternatives => [.. Alternative().Matches(Shipped).Select(m => m.Groups[1].Value)];

    /// <summary>With every # away that stands directly in front of a setting or of a header.</summary>
    private static string SwitchedOn(string profile) =>
        Off().Replace(Shipped, "").Replace("\nprofile = \"s7-200\"", $"\nprofile = \"{profile}\"").Replace("/etc/conpot-pi/", "/nowhere/conpot-pi/");

    private List<string> Mistakes(string text, Action<ConfigSection>? spy = null)
    {
        File.WriteAllText(_directory["conpot-pi.toml"], text, new UTF8Encoding(false));
        File.WriteAllText(_directory["mydevice.snmprec"], "1.3.6.1.2.1.1.1.0|4|recorded\n");
        var source = new ConfigSource(_directory["conpot-pi.toml"], [$"state_directory={_directory["state"]}"])
        {
            Sinks = [.. Registry.Sinks, ("spy", s => { spy?.Invoke(s.Section); return null; })],
        };
        var errors = new ConfigErrors();
        var plan = SensorPlan.Read(source, null, new FakeTimeProvider(), create: false, errors);
        Assert.Equal(plan is null, errors.Any);
        return [.. errors.InOrder.Select(e => e.ToString())];
    }

    /// <summary>What the code asked a table of the file for, and the file does not have; a list's elements are taken together.</summary>
    private static IEnumerable<string> Missing(params ConfigTable[] alike)
    {
        foreach (var (key, _) in alike.Where(t => !t.TakesAnyKey).SelectMany(t => t.AskedFor).DistinctBy(a => a.Key))
        {
            var nodes = alike.Select(t => t.Items.GetValueOrDefault(key)).OfType<ConfigNode>().ToList();
            if (nodes.Count == 0) yield return alike[0].PathOf(key);
            foreach (var path in Missing([.. nodes.OfType<ConfigTable>(), .. nodes.OfType<ConfigTables>().SelectMany(l => l.Items)])) yield return path;
        }
    }

    private static ConfigTable Tables(ConfigSection section) => Root(Layers(section)[0].File);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_layers")]
    private static extern ref ConfigTable[] Layers(ConfigSection section);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_root")]
    private static extern ref ConfigTable Root(ConfigFile file);

    [GeneratedRegex("""(?m)^#(?=[\["A-Za-z])""")]
    private static partial Regex Off();

    [GeneratedRegex("""(?m)^# .*\bor (\w+) = "\.\.\.""")]
    private static partial Regex Alternative();
}
